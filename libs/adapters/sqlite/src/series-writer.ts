import { type Millis, QUALITIES, type Reading, repeatKeyTime } from '@anlan/contracts';
import type { RowOutcome, SeriesRow } from '@anlan/ports';
import type { Database } from './database.js';
import { manyRows } from './many-rows.js';
import { type Origin, parseOrigin } from './origin.js';

export type SeriesWriter = Readonly<{
  write(rows: readonly SeriesRow[]): readonly RowOutcome[];
  /** Removes about `max` readings before `before`, from point number `start` on; `next` is where to go on, null at the end. */
  expireSlice(before: Millis, start: number, max: number): Readonly<{ gone: number; next: number | null }>;
}>;

type Kept = Readonly<{ v: number; o: number; i: number }>;
type NewSample = Readonly<{ row: SeriesRow; p: number; t: Millis; d: number; origin: Origin }>;

const INSERT = { head: 'INSERT INTO sample (p, t, d, v, q, lag, o, i)', columns: 8, tail: 'ON CONFLICT DO NOTHING' } as const;

/** Writes readings so that the first value of (point, device time) stands. */
export function seriesWriter(db: Database): SeriesWriter {
  const points = pointIds(db);
  const insert = manyRows(db, INSERT);
  // Points that ever had a reading moved to its time of arrival; only they need the second look-up.
  const movedPoints = new Set(
    db
      .prepare('SELECT DISTINCT p FROM moved')
      .all<{ p: number }>()
      .map(({ p }) => p),
  );

  const sampleOf = (row: SeriesRow): NewSample => {
    const { t } = row.reading;
    const key = repeatKeyTime(row.reading);
    return { row, p: points.idOf(row.reading.pointId), t, d: key === t ? 0 : key, origin: parseOrigin(row.origin) };
  };
  /** Leaves alone what stands already; returns how many were new. */
  const insertPlain = (unsorted: readonly NewSample[]): number => {
    // Along the key, so that neighbours share a page; the sort is stable, so the first of a key stays the first.
    return insert(unsorted.toSorted((a, b) => a.p - b.p || a.t - b.t).map(columnsOf));
  };
  /** What stands for this device time of the point, if anything. */
  const standing = (p: number, key: Millis): Kept | undefined => {
    const plain = db.prepare('SELECT v, o, i FROM sample WHERE p = ? AND t = ? AND d = 0').get<Kept>([p, key]);
    if (plain !== undefined || !movedPoints.has(p)) return plain;
    const sql = 'SELECT v, o, i FROM moved JOIN sample USING (p, t, d) WHERE p = ? AND d = ?';
    return db.prepare(sql).get<Kept>([p, key]);
  };
  /** One by one: where a point has moved readings, or the reading itself is one. */
  const insertSlowly = (sample: NewSample): void => {
    if (standing(sample.p, keyOf(sample)) !== undefined) return;
    insert([columnsOf(sample)]);
    if (sample.d === 0) return;
    db.prepare('INSERT INTO moved (p, d, t) VALUES (?, ?, ?)').run([sample.p, sample.d, sample.t]);
    movedPoints.add(sample.p);
  };
  const outcomeOf = (sample: NewSample): RowOutcome => {
    const first = standing(sample.p, keyOf(sample));
    const { reading, receivedAt } = sample.row;
    if (first === undefined) throw new Error(`nothing stands for ${reading.pointId} at ${keyOf(sample)} after writing it`);
    if (first.o === sample.origin.offset && first.i === sample.origin.place) return 'stored';
    if (first.v === reading.v) return 'duplicate';
    const row = [sample.p, keyOf(sample), sample.origin.offset, sample.origin.place, first.v, reading.v, receivedAt];
    db.prepare('INSERT INTO conflict (p, t, o, i, kept, refused, received_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING').run(
      row,
    );
    return 'conflict';
  };

  return {
    write: (rows) =>
      points.keeping(() =>
        db.transaction(() => {
          const samples = rows.map(sampleOf);
          const slow = new Set(movedPoints);
          for (const { p, d } of samples) if (d !== 0) slow.add(p);
          const plain = slow.size === 0 ? samples : samples.filter(({ p }) => !slow.has(p));
          // The usual case: all were new.
          if (insertPlain(plain) === rows.length) return rows.map(() => 'stored' as const);
          for (const sample of samples) if (slow.has(sample.p)) insertSlowly(sample);
          return samples.map(outcomeOf);
        }),
      ),
    expireSlice: (before, start, max) => db.transaction(() => expireSlice(db, before, start, max)),
  };
}

function keyOf({ t, d }: NewSample): Millis {
  return d === 0 ? t : d;
}

function columnsOf({ row, p, t, d, origin }: NewSample): readonly unknown[] {
  const { v, q }: Reading = row.reading;
  return [p, t, d, v, QUALITIES.indexOf(q), row.receivedAt - t, origin.offset, origin.place];
}

type PointIds = Readonly<{
  idOf(name: string): number;
  /** Forgets ids that were given within `work` when it fails. */ keeping<T>(work: () => T): T;
}>;

function pointIds(db: Database): PointIds {
  const known = new Map(
    db
      .prepare('SELECT name, id FROM point')
      .all<{ name: string; id: number }>()
      .map(({ name, id }) => [name, id]),
  );
  let fresh: string[] = [];
  return {
    idOf(name) {
      const found = known.get(name) ?? db.prepare('INSERT INTO point (name) VALUES (?)').run([name]).lastInsertRowid;
      if (!known.has(name)) fresh.push(name);
      known.set(name, found);
      return found;
    },
    keeping(work) {
      fresh = [];
      try {
        return work();
      } catch (error) {
        for (const name of fresh) known.delete(name);
        throw error;
      }
    },
  };
}

/** Point by point along the key, because there is no index by time alone. A point is cut at whole times. */
function expireSlice(db: Database, before: Millis, start: number, max: number): Readonly<{ gone: number; next: number | null }> {
  let gone = 0;
  for (const { id } of db.prepare('SELECT id FROM point WHERE id >= ? ORDER BY id').all<{ id: number }>([start])) {
    const cut = db
      .prepare('SELECT t FROM sample WHERE p = ? AND t < ? ORDER BY t LIMIT 1 OFFSET ?')
      .get<{ t: Millis }>([id, before, max - gone])?.t;
    // Never nothing, however many share the first time.
    const end = cut === undefined ? before : cut + 1;
    gone += expirePoint(db, id, end);
    if (gone >= max) return { gone, next: cut === undefined ? id + 1 : id };
  }
  return { gone, next: null };
}

function expirePoint(db: Database, p: number, before: Millis): number {
  const { changes } = db.prepare('DELETE FROM sample WHERE p = ? AND t < ?').run([p, before]);
  if (changes > 0) for (const table of ['moved', 'conflict']) db.prepare(`DELETE FROM ${table} WHERE p = ? AND t < ?`).run([p, before]);
  return changes;
}
