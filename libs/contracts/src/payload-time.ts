import type { Millis } from './basics.js';

/**
 * From a wall clock to the moment it means in one zone. The argument is the wall-clock time written as if it were UTC; undefined
 * when the zone is unknown. Of a time that happens twice the first is meant; one that is skipped moves on by the gap.
 */
export type LocalToUtc = (wallClock: Millis) => Millis | undefined;

/** Smaller numbers are seconds: 1e11 ms is March 1973, 1e11 s the year 5138. */
const SECONDS_BELOW = 1e11;
/** Farthest moment of ECMAScript time. */
const LAST_MOMENT = 8.64e15;
const EPOCH_TEXT = /^\d{10,13}(?:\.\d{1,9})?$/;
const WRITTEN = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d\d(?::?\d\d)?)?$/;
const MAX_TIME_CHARS = 40;

/**
 * A device's time: milliseconds, seconds (below 1e11), either as text of 10 to 13 digits, or ISO 8601 / `yyyy-MM-dd HH:mm:ss`
 * with a zone or in the device's own. Undefined when it is none of these or not a real date. No free text is guessed at.
 */
export function parseTime(value: unknown, localToUtc: LocalToUtc): Millis | undefined {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string' || value.length > MAX_TIME_CHARS) return undefined;
  if (EPOCH_TEXT.test(value)) return fromEpoch(Number(value));
  return fromWritten(value, localToUtc);
}

function fromEpoch(value: number): Millis | undefined {
  if (!(value >= 0)) return undefined;
  const millis = value < SECONDS_BELOW ? Math.round(value * 1000) : Math.floor(value);
  return millis <= LAST_MOMENT ? millis : undefined;
}

function fromWritten(text: string, localToUtc: LocalToUtc): Millis | undefined {
  const parts = WRITTEN.exec(text);
  if (!parts) return undefined;
  const wallClock = wallClockOf(parts);
  if (wallClock === undefined) return undefined;
  const zone = parts[8];
  if (zone === undefined) return localToUtc(wallClock);
  const offset = offsetOf(zone);
  return offset === undefined ? undefined : wallClock - offset;
}

function wallClockOf(parts: RegExpExecArray): Millis | undefined {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((at) => Number(parts[at] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const fraction = parts[7] === undefined ? 0 : Math.floor(Number(`0.${parts[7]}`) * 1000);
  return Date.UTC(year, month - 1, day, hour, minute, second) + fraction;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
}

/** `Z`, `+08:00`, `+0800` or `+08` in milliseconds. */
function offsetOf(zone: string): Millis | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0;
  if (hours > 18 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
