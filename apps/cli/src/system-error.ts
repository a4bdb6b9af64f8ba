/** The code of an error of the operating system (`ENOENT`, `ECONNREFUSED` …), or undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Is it only that there is no such file? A name too long for the disk (a map given as text) cannot be one either. */
export function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}

/** The sentence of an error, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
