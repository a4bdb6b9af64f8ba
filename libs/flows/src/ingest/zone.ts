import type { LocalToUtc, Millis } from '@anlan/contracts';

/** Zone rules change on quarter hours at the finest. */
const STEP_MS = 900_000;
const A_DAY_MS = 86_400_000;
/** Remembered offsets a zone; a mad clock walks through many. */
const MAX_REMEMBERED = 2_000;

/**
 * Wall clock of an IANA zone, with its daylight-saving rules. Unknown zones give undefined for every time.
 * Source of the two-candidate search: ECMA-262 `GetUTCEpochNanoseconds` (first of two meanings; a skipped time moves on by the gap).
 */
export function zoneClock(zone: string): LocalToUtc {
  const offsetAt = offsets(zone);
  if (!offsetAt) return () => undefined;
  return (wallClock) => {
    const before = offsetAt(wallClock - A_DAY_MS);
    const after = offsetAt(wallClock + A_DAY_MS);
    if (before === after) return wallClock - before;
    const meanings = [wallClock - before, wallClock - after].filter((utc) => offsetAt(utc) === wallClock - utc);
    return meanings.length > 0 ? Math.min(...meanings) : wallClock - before;
  };
}

function offsets(zone: string): ((utc: Millis) => Millis) | undefined {
  const format = formatOf(zone);
  if (!format) return undefined;
  const remembered = new Map<number, Millis>();
  return (utc) => {
    const step = Math.floor(utc / STEP_MS);
    const known = remembered.get(step);
    if (known !== undefined) return known;
    const offset = offsetIn(format, step * STEP_MS);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(step, offset);
    return offset;
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined; // RangeError: not a zone that this runtime knows
  }
}

function offsetIn(format: Intl.DateTimeFormat, utc: Millis): Millis {
  const shown = new Map(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => shown.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - utc;
}
