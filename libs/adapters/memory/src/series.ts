import { type Quality, type Reading, repeatKeyTime } from '@anlan/contracts';
import {
  type Bucket,
  type Conflict,
  type NewestSample,
  type RowOutcome,
  type Sample,
  type Series,
  type SeriesRow,
  SeriesUnavailable,
  type Window,
} from '@anlan/ports';

type Kept = Readonly<{ reading: Reading; origin: string; receivedAt: number }>;
type PointRows = {
  readonly byKeyTime: Map<number, Kept>;
  readonly conflicts: Map<string, Conflict>;
  /** By t, then device time; undefined after a change. */ sorted: readonly Kept[] | undefined;
};

const LEFT_OUT: ReadonlySet<Quality> = new Set<Quality>(['bad', 'maintenance']);

/** A series in memory: all promises but that it outlives the process. For the simulation and for tests. */
export function memorySeries(): Series {
  const points = new Map<string, PointRows>();
  let closed = false;

  const rowsOf = (pointId: string): PointRows => {
    const found = points.get(pointId) ?? { byKeyTime: new Map<number, Kept>(), conflicts: new Map<string, Conflict>(), sorted: [] };
    points.set(pointId, found);
    return found;
  };
  const within = (pointId: string, window: Window, after = -Infinity): readonly Kept[] => {
    const point = points.get(pointId);
    return point === undefined ? [] : sortedRows(point).filter(({ reading: { t } }) => t >= window.from && t < window.to && t > after);
  };

  return {
    async write(rows) {
      if (closed) throw new SeriesUnavailable('the series is closed');
      return rows.map((row) => writeRow(rowsOf(row.reading.pointId), row));
    },
    async read(pointId, window, limit, after) {
      return wholePage(within(pointId, window, after).map(sampleOf), limit);
    },
    async buckets(pointId, window, everyMs, limit) {
      return bucketsOf(within(pointId, window).map(sampleOf), everyMs).slice(0, limit);
    },
    async newest(pointIds) {
      return pointIds.flatMap((pointId): NewestSample[] => {
        const last = sortedRows(rowsOf(pointId)).at(-1);
        return last === undefined ? [] : [{ pointId, ...sampleOf(last), receivedAt: last.receivedAt }];
      });
    },
    async conflicts(pointId, window, limit) {
      const all = [...(points.get(pointId)?.conflicts.values() ?? [])];
      return all
        .filter(({ t }) => t >= window.from && t < window.to)
        .sort((a, b) => a.t - b.t)
        .slice(0, limit);
    },
    async expire(before) {
      return [...points.values()].reduce((sum, point) => sum + expirePoint(point, before), 0);
    },
    async close() {
      closed = true;
    },
  };
}

function writeRow(point: PointRows, { reading, origin, receivedAt }: SeriesRow): RowOutcome {
  const t = repeatKeyTime(reading);
  const first = point.byKeyTime.get(t);
  if (first === undefined) {
    point.byKeyTime.set(t, { reading, origin, receivedAt });
    point.sorted = undefined;
    return 'stored';
  }
  if (first.origin === origin) return 'stored';
  if (first.reading.v === reading.v) return 'duplicate';
  if (!point.conflicts.has(origin))
    point.conflicts.set(origin, { pointId: reading.pointId, t, kept: first.reading.v, refused: reading.v, receivedAt });
  return 'conflict';
}

function sortedRows(point: PointRows): readonly Kept[] {
  point.sorted ??= [...point.byKeyTime.values()].sort((a, b) => a.reading.t - b.reading.t || clampRank(a.reading) - clampRank(b.reading));
  return point.sorted;
}

/** Readings moved to their time of arrival come after the one that has that time by itself. */
function clampRank(reading: Reading): number {
  return reading.tDevice === undefined || reading.tDevice === reading.t ? -Infinity : reading.tDevice;
}

function sampleOf({ reading: { t, v, q } }: Kept): Sample {
  return { t, v, q };
}

function wholePage(samples: readonly Sample[], limit: number): readonly Sample[] {
  const lastT = samples[limit - 1]?.t;
  const end = samples.findIndex((sample, i) => i >= limit && sample.t !== lastT);
  return end === -1 ? samples : samples.slice(0, end);
}

function bucketsOf(samples: readonly Sample[], everyMs: number): readonly Bucket[] {
  const buckets = new Map<number, number[]>();
  for (const { t, v, q } of samples) {
    if (LEFT_OUT.has(q)) continue;
    const start = Math.floor(t / everyMs) * everyMs;
    buckets.set(start, [...(buckets.get(start) ?? []), v]);
  }
  return [...buckets].map(([t, vs]) => ({
    t,
    min: Math.min(...vs),
    max: Math.max(...vs),
    mean: vs.reduce((sum, v) => sum + v, 0) / vs.length,
    count: vs.length,
  }));
}

function expirePoint(point: PointRows, before: number): number {
  const old = [...point.byKeyTime].filter(([, { reading }]) => reading.t < before);
  for (const [t] of old) point.byKeyTime.delete(t);
  for (const [origin, { t }] of point.conflicts) if (t < before) point.conflicts.delete(origin);
  if (old.length > 0) point.sorted = undefined;
  return old.length;
}
