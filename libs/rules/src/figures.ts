/** Numbers and stretches of time as people read them. */
import type { Millis } from '@anlan/contracts';

/** At most six significant digits, without exponent noise for everyday values. */
export function number(v: number): string {
  return String(Number(v.toPrecision(6)));
}

/** 90000 → "90 s", 300000 → "5 min", 7200000 → "2 h". */
export function duration(ms: Millis): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms >= 120_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${number(ms / 1000)} s`;
}
