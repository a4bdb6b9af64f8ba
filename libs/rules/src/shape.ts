/** Reading a rule body that anybody may have written: every fault is collected with its path, nothing is guessed. */
import { ALARM_LEVELS, type AlarmLevel, type Fault, type Millis } from '@anlan/contracts';

export type Body = Readonly<Record<string, unknown>>;
/** A place in the body, and where its faults go. */
export type Place = Readonly<{ path: string; fault(path: string, code: string, message: string): void }>;

export function collector(path: string): Place & Readonly<{ faults: readonly Fault[] }> {
  const faults: Fault[] = [];
  return { path, faults, fault: (at, code, message) => void faults.push({ path: at, code, message }) };
}

export function inside(place: Place, key: string | number): Place {
  return { ...place, path: `${place.path}/${key}` };
}

export function say(place: Place, code: string, message: string): undefined {
  place.fault(place.path, code, message);
  return undefined;
}

export function asBody(place: Place, value: unknown): Body | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  return say(place, 'shape', 'must be an object');
}

/** A key that nobody reads is a limit that nobody applies: refused. */
export function onlyKeys(place: Place, body: Body, known: readonly string[]): void {
  for (const key of Object.keys(body))
    if (!known.includes(key)) say(inside(place, key.slice(0, 100)), 'key_unknown', 'is not a key that a rule has here');
}

export function text(place: Place, value: unknown, most: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length > 0 && value.length <= most) return value;
  return say(place, 'text', `must be a text of 1 to ${most} characters`);
}

export function flag(place: Place, value: unknown, absent: boolean): boolean {
  if (value === undefined) return absent;
  if (typeof value === 'boolean') return value;
  say(place, 'flag', 'must be true or false');
  return absent;
}

const FARTHEST = 1e15;

export function finite(place: Place, value: unknown): number | undefined {
  if (typeof value === 'number' && Math.abs(value) <= FARTHEST) return value;
  return say(place, 'number', 'must be a finite number');
}

const MOST_COUNT = 1_000;

export function count(place: Place, value: unknown): number {
  if (value === undefined) return 1;
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_COUNT) return Number(value);
  say(place, 'count', `must be a whole number from 1 to ${MOST_COUNT}`);
  return 1;
}

export function oneOf<const C extends string>(place: Place, value: unknown, choices: readonly C[]): C | undefined {
  const found = choices.find((choice) => choice === value);
  return found ?? say(place, 'choice', `must be one of ${choices.join(', ')}`);
}

export function level(place: Place, value: unknown, absent: AlarmLevel): AlarmLevel {
  return value === undefined ? absent : (oneOf(place, value, ALARM_LEVELS) ?? absent);
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;
const MOST_MS = 30 * 86_400_000;

/** "10s", "5m", "3x" (times the interval `x`), or milliseconds; 0 up to 30 days. */
export function period(place: Place, value: unknown, x: Millis): Millis | undefined {
  const ms = toMs(value, x);
  if (ms === undefined) return say(place, 'duration', 'must be milliseconds or a text like "10s", "5m", "2h", "3x"');
  if (ms >= 0 && ms <= MOST_MS) return ms;
  return say(place, 'duration_range', 'must be from 0 to 30 days');
}

const LONGEST_MS = 10 * 366 * 86_400_000;

/** Like `period`, for what is learned: up to ten years. */
export function longPeriod(place: Place, value: unknown, x: Millis): Millis | undefined {
  const ms = toMs(value, x);
  if (ms === undefined) return say(place, 'duration', 'must be milliseconds or a text like "12h", "4w", "400x"');
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  return say(place, 'duration_range', 'must be longer than 0 and at most ten years');
}

function toMs(value: unknown, x: Millis): Millis | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const parts = typeof value === 'string' && value.length <= 20 ? /^(-?\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w|x)$/.exec(value) : null;
  if (!parts) return undefined;
  const unit = parts[2] as keyof typeof UNIT_MS | 'x';
  return Number(parts[1]) * (unit === 'x' ? x : UNIT_MS[unit]);
}

/** A moment: milliseconds, or ISO 8601 text with its zone. */
export function moment(place: Place, value: unknown): Millis | undefined {
  if (value === undefined) return undefined;
  const t = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : value;
  if (typeof t === 'number' && Number.isFinite(t) && t >= 0 && t < 4_102_444_800_000) return t;
  return say(place, 'time', 'must be milliseconds or ISO 8601 text with a zone');
}
