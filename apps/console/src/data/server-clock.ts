/** Asia/Shanghai has no summer time: a constant is exact, and cheaper than a formatter per tick. */
const SHANGHAI_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;

const two = (n: number): string => String(n).padStart(2, '0');

/** The wall clock of the duty room for a moment, whatever zone the computer is in. */
export function wall(at: number): Readonly<{ year: number; month: number; day: number; time: string; minute: string }> {
  const date = new Date(at + SHANGHAI_MS);
  const minute = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    minute,
    time: `${minute}:${two(date.getUTCSeconds())}`,
  };
}

/** `02:14:31` */
export function clockText(at: number): string {
  return wall(at).time;
}

/** `2026-11-22 02:14:31`, for records, charts and tooltips. */
export function momentText(at: number): string {
  const { year, month, day, time } = wall(at);
  return `${year}-${two(month)}-${two(day)} ${time}`;
}

/** For lists: `02:14:07` today, `昨 23:58` with `yesterday`, `11-20 23:58` this year, `2025-12-31 23:58` before. */
export function listTime(at: number, now: number, yesterday: string): string {
  const days = Math.floor((now + SHANGHAI_MS) / DAY_MS) - Math.floor((at + SHANGHAI_MS) / DAY_MS);
  const { year, month, day, time, minute } = wall(at);
  if (days === 0) return time;
  if (days === 1) return `${yesterday} ${minute}`;
  const date = `${two(month)}-${two(day)} ${minute}`;
  return year === wall(now).year ? date : `${year}-${date}`;
}

/** `1:36` or `2:03:09`; never negative. */
export function countdown(ms: number): string {
  const s = Math.floor(Math.max(0, ms) / 1_000);
  const [h, m] = [Math.floor(s / 3_600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** A length of time in its two largest units, as numbers; the words are put by the language. */
export function spanOf(ms: number): Readonly<{ unit: 's' | 'min' | 'h' | 'd'; a: number; b: number }> {
  const s = Math.floor(Math.max(0, ms) / 1_000);
  if (s < 60) return { unit: 's', a: s, b: 0 };
  if (s < 3_600) return { unit: 'min', a: Math.floor(s / 60), b: 0 };
  if (s < 86_400) return { unit: 'h', a: Math.floor(s / 3_600), b: Math.floor(s / 60) % 60 };
  return { unit: 'd', a: Math.floor(s / 86_400), b: Math.floor(s / 3_600) % 24 };
}

/** Value of a `datetime-local` field, read as Shanghai time, as a moment; NaN when it is none. */
export function momentOfField(text: string): number {
  return Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`) - SHANGHAI_MS;
}

/** A moment as the value of a `datetime-local` field in Shanghai time, to the minute. */
export function fieldOfMoment(at: number): string {
  return new Date(at + SHANGHAI_MS).toISOString().slice(0, 16);
}
