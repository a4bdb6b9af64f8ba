const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Longer texts are no measurements. */
export const MAX_NUMBER_CHARS = 32;

/**
 * The one decimal parser for numbers that devices send, as JSON number or as text. Finite plain decimals only: no blanks, hex,
 * separators, words or booleans, and nothing that overflows to infinity. Undefined for anything else (S-19).
 */
export function parseDecimal(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined;
  if (typeof value !== 'string' || value.length > MAX_NUMBER_CHARS || !DECIMAL.test(value)) return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed + 0 : undefined;
}
