/** Why an embedded store cannot be used. Stable: the shell and the documentation name them. */
export const STORE_FAULTS = [
  'locked',
  'read_only',
  'full',
  'not_a_directory',
  'not_permitted',
  'corrupt',
  'newer_version',
  'other_partitions',
  'cannot_open',
  'io',
] as const;
export type StoreFaultCode = (typeof STORE_FAULTS)[number];

/** A store that cannot be opened or trusted, with the file it is about. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  constructor(
    readonly code: StoreFaultCode,
    readonly file: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The code of an error, SQLite's own (`SQLITE_FULL`, `SQLITE_IOERR_FSYNC`, …) or the system's (`ENOSPC`), or '' where it has none. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The disk has no room: waiting may heal it, nothing of the transaction was kept. */
export function isDiskFull(error: unknown): boolean {
  return errorCode(error) === 'SQLITE_FULL';
}

/** The disk or the file failed: after this nothing that was written may be trusted, and no fsync may be tried again. */
export function isBroken(error: unknown): boolean {
  return /^SQLITE_(IOERR|CORRUPT|NOTADB)/.test(errorCode(error));
}

const FAULT_OF_CODE: readonly (readonly [RegExp, StoreFaultCode, string])[] = [
  [/^SQLITE_(CORRUPT|NOTADB)/, 'corrupt', 'is damaged'],
  [/^SQLITE_(BUSY|LOCKED)/, 'locked', 'is in use by another process'],
  [/^SQLITE_READONLY/, 'read_only', 'cannot be written: it is read-only'],
  [/^SQLITE_FULL/, 'full', 'cannot grow: the disk is full'],
  [/^SQLITE_(PERM|AUTH)/, 'not_permitted', 'may not be used by this user'],
  [/^SQLITE_IOERR/, 'io', 'failed at the disk'],
];

/** The error of SQLite as a StoreFault that names the file. */
export function storeFaultOf(file: string, error: unknown): StoreFault {
  if (error instanceof StoreFault) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const [, code, words] = FAULT_OF_CODE.find(([pattern]) => pattern.test(errorCode(error))) ?? [
    null,
    'cannot_open' as const,
    'cannot be opened',
  ];
  return new StoreFault(code, file, `${file} ${words} (${detail})`, { cause: error });
}
