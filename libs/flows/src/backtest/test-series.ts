/**
 * The input of a rule test as people write it: moments of one point and what it reads from then on.
 *
 *     0s: 0.2                  that value, at every interval until the next moment
 *     5m: 0.2..2.0 over 10m    a straight line, then its end value
 *     20m: none                no reading until the next moment
 *     30m: 1.5 bad             a quality other than good
 *     31m: 7 once              one reading, then what held before
 */
import { QUALITIES, durationMs, type Fault, type Millis, type Quality, type Reading } from '@anlan/contracts';

type Course = Readonly<{ from: number; to: number; overMs: Millis; q: Quality }>;
/** What is read from `at` on; `course` null: nothing. */
type Stretch = Readonly<{ at: Millis; course: Course | null; once: boolean }>;
export type SeriesPlan = Readonly<{ pointId: string; intervalMs: Millis; startMs: Millis; untilMs: Millis }>;

const NUMBER = String.raw`[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const WRITTEN = new RegExp(
  String.raw`^(?<from>${NUMBER})(?:\s*\.\.\s*(?<to>${NUMBER})\s+over\s+(?<over>\S+))?(?:\s+(?<q>${QUALITIES.join('|')}))?(?<once>\s+once)?$`,
);
const SAID = 'must be a value like 1.5, 0.2..2.0 over 10m, 3 bad, 7 once, or none';

/** The moments of one point in order, or what is wrong with them. */
export function parseSeries(
  value: unknown,
  path: string,
): Readonly<{ stretches: readonly Stretch[] }> | Readonly<{ faults: readonly Fault[] }> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { faults: [{ path, code: 'bad_shape', message: 'must be a map from moments like 5m to values' }] };
  const faults: Fault[] = [];
  const stretches = Object.entries(value).flatMap(([moment, written]: readonly [string, unknown]): readonly Stretch[] => {
    const at = durationMs(moment);
    if (at === undefined)
      faults.push({ path: `${path}/${moment}`, code: 'bad_time', message: 'must be a time from the start, like 0s, 90s, 5m, 2h' });
    const stretch = at === undefined ? undefined : stretchOf(at, written);
    if (at !== undefined && !stretch) faults.push({ path: `${path}/${moment}`, code: 'bad_value', message: SAID });
    return stretch ? [stretch] : [];
  });
  return faults.length > 0 ? { faults } : { stretches: [...stretches].sort((a, b) => a.at - b.at) };
}

function stretchOf(at: Millis, written: unknown): Stretch | undefined {
  if (written === 'none' || written === null) return { at, course: null, once: false };
  const parts =
    typeof written === 'number'
      ? { from: String(written) }
      : typeof written === 'string'
        ? WRITTEN.exec(written.trim())?.groups
        : undefined;
  if (!parts) return undefined;
  const { from, to, over, q, once } = parts as Partial<Record<'from' | 'to' | 'over' | 'q' | 'once', string>>;
  const overMs = over === undefined ? 0 : durationMs(over);
  if (overMs === undefined || !Number.isFinite(Number(from))) return undefined;
  return { at, course: { from: Number(from), to: Number(to ?? from), overMs, q: (q ?? 'good') as Quality }, once: once !== undefined };
}

/** Readings of the moments: one at each moment and at every interval after it, up to `untilMs` (included). */
export function readingsOf(stretches: readonly Stretch[], { pointId, intervalMs, startMs, untilMs }: SeriesPlan): readonly Reading[] {
  const readings: Reading[] = [];
  // A point has one value at a time: the single reading takes the place of the one that would have come then.
  const single = new Set(stretches.filter(({ once }) => once).map(({ at }) => at));
  const add = (at: Millis, { from, to, overMs, q }: Course, since: Millis): void => {
    const share = overMs === 0 ? 1 : Math.min(1, (at - since) / overMs);
    readings.push({ pointId, t: startMs + at, v: share === 1 ? to : from + (to - from) * share, q });
  };
  const lasting = stretches.filter(({ once }) => !once);
  lasting.forEach(({ at: since, course }, i) => {
    if (!course) return;
    const end = lasting[i + 1]?.at ?? untilMs + 1;
    for (let at = since; at < end && at <= untilMs; at += intervalMs) if (!single.has(at)) add(at, course, since);
  });
  for (const { at, course, once } of stretches) if (once && course && at <= untilMs) add(at, course, at);
  return readings.sort((a, b) => a.t - b.t);
}

/** The last moment that is written. */
export function lastMoment(stretches: readonly Stretch[]): Millis {
  return stretches.reduce((last, { at, course }) => Math.max(last, at + (course?.overMs ?? 0)), 0);
}

export type { Stretch };
