/** What our columns hold: text, whole numbers, doubles, and nothing. No bytes: the library gives them back in two different ways. */
export type SqlValue = string | number | bigint | null;

/**
 * Turns parameters into what the native library takes safely. It must stand before every statement: the library ends the whole
 * process on a boolean, stores NaN as NULL, ignores parameters too many and takes missing ones for NULL.
 *
 * Booleans become 0 and 1. Whole numbers are bound as integers (the library would bind every number as a floating one, and 7/2
 * would be 3.5). Anything else that is not text, number, bigint or null is a bug of the caller and throws.
 */
export function checkedParameters(parameters: readonly unknown[], expected: number, sql: string): SqlValue[] {
  if (parameters.length !== expected) throw new RangeError(`${parameters.length} parameters for ${expected} places in: ${sql}`);
  const values = new Array<SqlValue>(expected);
  for (let i = 0; i < expected; i++) values[i] = checkedParameter(parameters[i], i, sql);
  return values;
}

function checkedParameter(value: unknown, place: number, sql: string): SqlValue {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value);
    if (Number.isFinite(value)) return value;
  }
  if (typeof value === 'string' || value === null) return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  throw new TypeError(`parameter ${place + 1} is ${shown(value)}, which our columns do not hold, in: ${sql}`);
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'no prototype'})`;
  return typeof value === 'function' ? 'a function' : String(value);
}

const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|\?(\d*)|[:@$]\w+/g;

/** How many parameters a statement takes. Only plain `?` is allowed: numbered and named ones throw. */
export function parameterCount(sql: string): number {
  let count = 0;
  for (const [token, digits] of sql.matchAll(TOKENS)) {
    if (token === '?') count++;
    else if (digits || /^[:@$]/.test(token)) throw new SyntaxError(`only plain ? parameters are allowed: ${token} in: ${sql}`);
  }
  return count;
}
