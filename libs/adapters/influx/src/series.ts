import type { Millis } from '@anlan/contracts';
import { type RowOutcome, type Series, type SeriesRow, SeriesUnavailable } from '@anlan/ports';
import { type ConnectionDeps, type ConnectionLimits, type InfluxConnection, influxConnection } from './connection.js';
import { type Decided, decide } from './decide.js';
import { lateMarks } from './late-marks.js';
import { newestOf, standingFor } from './lookup.js';
import { newestTimes } from './newest-times.js';
import { type Placed, placed } from './origin.js';
import { type TagsOf, tagSets } from './point-tags.js';
import { seriesReader } from './reader.js';
import { SEND_LIMITS, sendLines } from './send.js';

export type InfluxSeriesLimits = ConnectionLimits &
  Readonly<{ /** In one request. */ lines: number; bytes: number; /** Points remembered. */ points: number }>;
export type InfluxSeriesDeps = Omit<ConnectionDeps, 'limits'> &
  Readonly<{
    /** `name` or `database/retention-policy`. */ bucket: string;
    tagsOf: TagsOf;
    limits?: Partial<InfluxSeriesLimits>;
  }>;
/** `connection` is shared with the down-sampling; `close` ends it. */
export type InfluxSeries = Series & Readonly<{ connection: InfluxConnection }>;

const POINTS = 200_000;
/** Rows that are decided together. */
const ROUND_ROWS = 20_000;
/** More than all partitions of a process can have under way. */
const WAITING_ROWS = 200_000;

type Call = Readonly<{ rows: readonly SeriesRow[]; resolve(outcomes: readonly RowOutcome[]): void; reject(error: unknown): void }>;

/**
 * Series on InfluxDB: written through `/api/v2/write`, read through InfluxQL. The store itself overwrites what has the same point and
 * time, so the first value stands (T1) because we read before we write whatever is not newer than all we know of its point.
 * One round at a time; calls that come meanwhile share the next one. It takes one writer a point: a partition has one recorder.
 */
export function influxSeries(deps: InfluxSeriesDeps): InfluxSeries {
  const { bucket, clock, limits } = deps;
  const connection = influxConnection(deps);
  const send = { connection, bucket, limits: { ...SEND_LIMITS, ...limits } };
  const times = newestTimes(limits?.points ?? POINTS);
  const tagSet = tagSets(deps.tagsOf, limits?.points ?? POINTS);
  const marks = lateMarks();
  const waiting: Call[] = [];
  let waitingRows = 0;
  let running: Promise<void> | undefined;
  let closed = false;

  const round = async (sent: readonly SeriesRow[]): Promise<readonly RowOutcome[]> => {
    const rows = sent.map(placed);
    times.follow(rows);
    try {
      const newest = await newestFor(rows);
      const touching = rows.filter((row) => needsLook(row, newest));
      const decided = decide(rows, await standingFor(connection, bucket, touching), tagSet);
      const outcomes = await written(rows, decided);
      remember(
        rows.filter((_, index) => outcomes[index] === 'stored'),
        newest,
      );
      return outcomes;
    } catch (error) {
      times.forget(rows);
      marks.forget();
      throw error;
    }
  };
  const newestFor = async (rows: readonly Placed[]): Promise<Map<string, Millis>> => {
    const known = new Map<string, Millis>();
    const unknown = new Set<string>();
    for (const { pointId } of rows.map(({ row }) => row.reading)) {
      const newest = times.get(pointId);
      if (newest === undefined) unknown.add(pointId);
      else known.set(pointId, newest);
    }
    if (unknown.size === 0) return known;
    // What stands before all of these rows needs no look: it is enough to know that nothing stands from there on.
    const first = rows.reduce((least, { row, key }) => Math.min(least, row.reading.t, key), Infinity);
    const read = await newestOf(connection, bucket, [...unknown], first);
    for (const pointId of unknown) known.set(pointId, read.get(pointId) ?? first - 1);
    return known;
  };
  const written = async (rows: readonly Placed[], decided: readonly Decided[]): Promise<readonly RowOutcome[]> => {
    const lines: string[] = [];
    const owners: number[] = [];
    for (const [index, each] of decided.entries())
      for (const line of each.lines) {
        lines.push(line);
        owners.push(index);
      }
    const stored = rows.filter((_, index) => decided[index]?.outcome === 'stored');
    lines.push(...marks.linesFor(stored, clock.now()));
    const outcomes = decided.map(({ outcome }) => outcome);
    for (const { index, reason } of await sendLines(send, lines)) {
      const owner = owners[index];
      deps.meter.count('anlan_series_refused_total');
      deps.logger.error('the series store does not take a line', {
        reason,
        pointId: owner === undefined ? '' : rows[owner]?.row.reading.pointId,
      });
      if (owner !== undefined && outcomes[owner] === 'stored') outcomes[owner] = 'refused';
    }
    return outcomes;
  };
  const remember = (stored: readonly Placed[], newest: Map<string, Millis>): void => {
    for (const each of stored) {
      const { pointId, t } = each.row.reading;
      const now = Math.max(newest.get(pointId) ?? -Infinity, t, each.key);
      newest.set(pointId, now);
      times.set(each, now);
    }
  };
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const calls = nextRound(waiting);
      const rows = calls.length === 1 && calls[0] ? calls[0].rows : calls.flatMap((call) => call.rows);
      waitingRows -= rows.length;
      try {
        if (closed) throw new SeriesUnavailable('the series is closed');
        const outcomes = await round(rows);
        let from = 0;
        for (const call of calls) call.resolve(outcomes.slice(from, (from += call.rows.length)));
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
    running = undefined;
  };

  return {
    connection,
    write(rows) {
      if (closed) return Promise.reject(new SeriesUnavailable('the series is closed'));
      if (rows.length === 0) return Promise.resolve([]);
      if (waitingRows + rows.length > WAITING_ROWS) return Promise.reject(new SeriesUnavailable('too many rows wait for the series store'));
      waitingRows += rows.length;
      return new Promise((resolve, reject) => {
        waiting.push({ rows, resolve, reject });
        running ??= drain();
      });
    },
    ...seriesReader(connection, bucket),
    async close() {
      closed = true;
      await running;
      connection.close();
    },
  };
}

/** At least one call; more while they fit. */
function nextRound(waiting: Call[]): readonly Call[] {
  let rows = 0;
  const end = waiting.findIndex((call, index) => {
    rows += call.rows.length;
    return index > 0 && rows > ROUND_ROWS;
  });
  return waiting.splice(0, end === -1 ? waiting.length : end);
}

/** What may stand already: not newer than the newest of its point, or moved, for those are looked for by two times. */
function needsLook({ row: { reading }, key }: Placed, newest: ReadonlyMap<string, Millis>): boolean {
  return reading.t <= (newest.get(reading.pointId) ?? -Infinity) || key !== reading.t;
}
