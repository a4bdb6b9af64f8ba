import type { Millis } from '@anlan/contracts';
import type { Logger } from '@anlan/observability';
import type { Clock } from '@anlan/ports';
import type { InfluxConnection } from './connection.js';
import { partsOf } from './influxql.js';
import { GRACE_MS, HOUR_MS, MARK_REST_MS, MINUTE_MS } from './late-marks.js';
import { MEASUREMENT, type RollupBucket, bucketLine } from './line-protocol.js';
import { type DueMark, rollupSource } from './rollup-source.js';
import { SEND_LIMITS, sendLines } from './send.js';

export type RollupDeps = Readonly<{
  connection: InfluxConnection;
  /** Raw readings. */ bucket: string;
  /** Buckets of a minute and an hour; keeps longer. */ rollupBucket: string;
  /** How long raw readings are kept: where they are gone, a bucket is not computed again. */ rawKeptMs: Millis | null;
  clock: Clock;
  logger: Logger;
}>;
/** Buckets written by this run, and up to which minute all of them stand. `behind`: more closed minutes wait for the next run. */
export type RollupReport = Readonly<{ minutes: number; hours: number; late: number; upTo: Millis; behind: boolean }>;
/** Minutes and hours of all points, written by us. */
export type Rollups = Readonly<{ run(): Promise<RollupReport> }>;

/** Buckets computed in one go, about. */
const AT_ONCE = 100_000;
/** Steps of one go at most. */
const STEPS: Readonly<Record<'minute' | 'hour', number>> = { minute: 30, hour: 6 };
const EVERY_MS: Readonly<Record<'minute' | 'hour', Millis>> = { minute: MINUTE_MS, hour: HOUR_MS };
/** A run that catches up stops after this long; the next one goes on. */
const RUN_MS = 20_000;
const MARKS = 2_000;
const POINTS = 100;

/** How far one kind of bucket has come, and how many of them a step has. */
type Progress = { next: Millis | undefined; perStep: number };

/**
 * Down-samples closed minutes and hours of all points, to be run each minute by one process (two would do the same work twice, and the
 * same thing). A bucket is always computed whole from the raw readings and written over what was there, so any part of a run may be
 * repeated. Late readings: whoever stores one marks its hour as due in the same write; the marks are worked off here.
 * Rejects with SeriesUnavailable; then nothing is marked as done that is not.
 */
export function influxRollups({ connection, bucket, rollupBucket, rawKeptMs, clock, logger }: RollupDeps): Rollups {
  const source = rollupSource(connection, bucket);
  const send = { connection, bucket: rollupBucket, limits: SEND_LIMITS };
  const progress: Record<'minute' | 'hour', Progress> = {
    minute: { next: undefined, perStep: AT_ONCE },
    hour: { next: undefined, perStep: AT_ONCE },
  };

  const write = async (kind: 'minute' | 'hour', buckets: readonly RollupBucket[]): Promise<number> => {
    const refused = await sendLines(
      send,
      buckets.map((each) => bucketLine(MEASUREMENT[kind], each)),
    );
    for (const { reason } of refused) logger.error('the series store does not take a bucket', { reason });
    return buckets.length - refused.length;
  };
  /** Where an earlier process stopped: the newest bucket, which it may have left half written. */
  const resumed = async (kind: 'minute' | 'hour', closed: Millis): Promise<Millis> => {
    const [tables = []] = await connection.query(rollupBucket, [`SELECT last("count") FROM ${MEASUREMENT[kind]}`]);
    const last = tables[0]?.values[0]?.[0];
    const from = typeof last === 'number' ? last : await source.firstReading(-Infinity, closed);
    return from === undefined ? closed : floorTo(from, EVERY_MS[kind]);
  };
  /** Closed steps in order, up to `closed` or the end of the run's time. */
  const advance = async (kind: 'minute' | 'hour', now: Millis, endsAt: Millis): Promise<number> => {
    const everyMs = EVERY_MS[kind];
    const closed = floorTo(now - GRACE_MS, everyMs);
    const at = progress[kind];
    // Not beyond `closed`: where the clock was ahead for a while, what came since has to be computed.
    at.next = Math.min(at.next ?? (await resumed(kind, closed)), closed);
    let written = 0;
    while (at.next < closed && clock.mono() < endsAt) {
      const steps = Math.min(Math.max(Math.floor(AT_ONCE / at.perStep), 1), STEPS[kind]);
      const to = Math.min(at.next + steps * everyMs, closed);
      // Where this fails, perhaps because it is too much, the next run takes one step alone.
      at.perStep = AT_ONCE;
      const buckets = await source.buckets({ from: at.next, to, everyMs });
      written += await write(kind, buckets);
      at.perStep = Math.max(1, buckets.length / ((to - at.next) / everyMs));
      // Over times without data in one step.
      at.next = buckets.length > 0 ? to : floorTo((await source.firstReading(to, closed)) ?? closed, everyMs);
    }
    return written;
  };
  /** Computes again what late readings have changed in steps that are already done. */
  const mend = async (marks: readonly DueMark[], now: Millis): Promise<number> => {
    const oldest = rawKeptMs === null ? -Infinity : now - rawKeptMs + HOUR_MS;
    let written = 0;
    for (const [hour, points] of byHour(marks))
      for (const pointTexts of hour < oldest ? [] : partsOf([...points], POINTS))
        for (const kind of ['minute', 'hour'] as const) {
          const to = Math.min(hour + HOUR_MS, progress[kind].next ?? -Infinity);
          if (to > hour) written += await write(kind, await source.buckets({ from: hour, to, everyMs: EVERY_MS[kind], pointTexts }));
        }
    return written;
  };
  const mendAll = async (now: Millis, endsAt: Millis): Promise<number> => {
    let written = 0;
    while (clock.mono() < endsAt) {
      const marks = await source.due(now - MARK_REST_MS, MARKS);
      const last = marks.at(-1);
      if (last === undefined) break;
      written += await mend(marks, now);
      await source.forgetDue(last.at);
    }
    return written;
  };

  return {
    async run() {
      const [now, endsAt] = [clock.now(), clock.mono() + RUN_MS];
      const minutes = await advance('minute', now, endsAt);
      const hours = await advance('hour', now, endsAt);
      const late = await mendAll(now, endsAt);
      const upTo = progress.minute.next ?? now;
      return { minutes, hours, late, upTo, behind: upTo < floorTo(now - GRACE_MS, MINUTE_MS) };
    },
  };
}

function floorTo(t: Millis, everyMs: Millis): Millis {
  return Math.floor(t / everyMs) * everyMs;
}

function byHour(marks: readonly DueMark[]): ReadonlyMap<Millis, ReadonlySet<string>> {
  const hours = new Map<Millis, Set<string>>();
  for (const { hour, point } of marks) hours.set(hour, (hours.get(hour) ?? new Set()).add(point));
  return hours;
}
