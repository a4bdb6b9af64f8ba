import { type Millis, QUALITIES, type Quality } from '@anlan/contracts';
import type { Bucket, Conflict, NewestSample, Sample, Window } from '@anlan/ports';
import type { Database } from './database.js';

export type SeriesReader = Readonly<{
  read(pointId: string, window: Window, limit: number, after?: Millis): readonly Sample[];
  buckets(pointId: string, window: Window, everyMs: Millis, limit: number): readonly Bucket[];
  newest(pointIds: readonly string[]): readonly NewestSample[];
  conflicts(pointId: string, window: Window, limit: number): readonly Conflict[];
}>;

type SampleRow = Readonly<{ t: Millis; v: number; q: number }>;

const LEFT_OUT = [QUALITIES.indexOf('bad'), QUALITIES.indexOf('maintenance')].join(', ');
/** `t` in whole buckets before 1970 too: SQLite's `/` cuts towards zero. */
const BUCKET_START = '(t - ((t % CAST(? AS INTEGER)) + CAST(? AS INTEGER)) % CAST(? AS INTEGER))';

/** Questions about readings. Needs a connection that only reads. */
export function seriesReader(db: Database): SeriesReader {
  const ids = new Map<string, number>();
  const idOf = (pointId: string): number | undefined => {
    const found = ids.get(pointId) ?? db.prepare('SELECT id FROM point WHERE name = ?').get<{ id: number }>([pointId])?.id;
    if (found !== undefined) ids.set(pointId, found);
    return found;
  };

  return {
    read(pointId, { from, to }, limit, after) {
      const p = idOf(pointId);
      if (p === undefined) return [];
      const start = after === undefined ? from : Math.max(from, after + 1);
      const rows = db
        .prepare('SELECT t, v, q FROM sample WHERE p = ? AND t >= ? AND t < ? ORDER BY t, d LIMIT ?')
        .all<SampleRow>([p, start, to, limit]);
      return [...rows, ...sharingLast(db, p, rows, limit)].map(sampleOf);
    },
    buckets(pointId, { from, to }, everyMs, limit) {
      const p = idOf(pointId);
      if (p === undefined) return [];
      const sql = `SELECT ${BUCKET_START} AS start, min(v) AS min, max(v) AS max, avg(v) AS mean, count(*) AS count
        FROM sample WHERE p = ? AND t >= ? AND t < ? AND q NOT IN (${LEFT_OUT}) GROUP BY start ORDER BY start LIMIT ?`;
      const rows = db.prepare(sql).all<Omit<Bucket, 't'> & Readonly<{ start: Millis }>>([everyMs, everyMs, everyMs, p, from, to, limit]);
      return rows.map(({ start, min, max, mean, count }) => ({ t: start, min, max, mean, count }));
    },
    newest: (pointIds) =>
      pointIds.flatMap((pointId): NewestSample[] => {
        const row = db
          .prepare('SELECT t, v, q, lag FROM sample WHERE p = ? ORDER BY t DESC, d DESC LIMIT 1')
          .get<SampleRow & Readonly<{ lag: number }>>([idOf(pointId) ?? -1]);
        return row === undefined ? [] : [{ pointId, ...sampleOf(row), receivedAt: row.t + row.lag }];
      }),
    conflicts(pointId, { from, to }, limit) {
      const sql =
        'SELECT t, kept, refused, received_at AS receivedAt FROM conflict WHERE p = ? AND t >= ? AND t < ? ORDER BY t, o, i LIMIT ?';
      return db
        .prepare(sql)
        .all<Omit<Conflict, 'pointId'>>([idOf(pointId) ?? -1, from, to, limit])
        .map((row) => ({ pointId, ...row }));
    },
  };
}

/** The rest of the samples with the time of a full page's last one: the next page begins after that time. */
function sharingLast(db: Database, p: number, rows: readonly SampleRow[], limit: number): readonly SampleRow[] {
  const last = rows.at(-1);
  if (last === undefined || rows.length < limit) return [];
  const already = rows.filter(({ t }) => t === last.t).length;
  return db.prepare('SELECT t, v, q FROM sample WHERE p = ? AND t = ? ORDER BY d LIMIT -1 OFFSET ?').all<SampleRow>([p, last.t, already]);
}

function sampleOf({ t, v, q }: SampleRow): Sample {
  return { t, v, q: qualityOf(q) };
}

function qualityOf(index: number): Quality {
  const quality = QUALITIES[index];
  if (quality === undefined) throw new RangeError(`no quality has the number ${index}`);
  return quality;
}
