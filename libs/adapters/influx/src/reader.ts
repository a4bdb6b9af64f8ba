import { type Millis, QUALITIES, type Quality } from '@anlan/contracts';
import type { Conflict, NewestSample, Sample, Series } from '@anlan/ports';
import type { InfluxConnection } from './connection.js';
import { type Table, during, instant, literal, numberIn, numbersIn, numbersOf, ofPoints, partsOf } from './influxql.js';
import { MAX_TIME, MEASUREMENT } from './line-protocol.js';
import { fromTagText, tagText } from './point-tags.js';

/** bad and maintenance are the two last: the buckets leave them out. */
export const JUDGED = `q < ${QUALITIES.indexOf('bad')}`;
export const NOT_JUDGED = `q >= ${QUALITIES.indexOf('bad')}`;
const POINTS = 100;
const STATEMENTS = 20;
/** Entries by device time that are removed one by one in one request. */
const REMOVED = 500;

type Reader = Pick<Series, 'read' | 'buckets' | 'newest' | 'conflicts' | 'expire'>;
/** A sample with the device's time where the reading was moved. */
type Placed = Sample & Readonly<{ d: Millis | null }>;

/** The questions of a Series as InfluxQL, and its retention. */
export function seriesReader(connection: InfluxConnection, bucket: string): Reader {
  const ask = async (statement: string): Promise<readonly Table[]> => (await connection.query(bucket, [statement])).flat();
  const placed = async (pointId: string, from: Millis, to: Millis, limit: number | undefined): Promise<readonly Placed[]> => {
    if (!(from < to)) return [];
    const cut = limit === undefined ? '' : ` LIMIT ${limit}`;
    const tables = await ask(
      `SELECT v, q, d FROM ${MEASUREMENT.reading} WHERE ${ofPoint(pointId)} AND ${during(from, to)} ORDER BY time${cut}`,
    );
    return tables.flatMap(samplesIn);
  };

  return {
    async read(pointId, { from, to }, limit, after) {
      const start = after === undefined ? from : Math.max(from, after + 1);
      const page = await placed(pointId, start, to, limit);
      const last = page.at(-1);
      // The samples of the last time belong together: the next page begins after it.
      const whole =
        last === undefined || page.length < limit
          ? page
          : [...page.filter(({ t }) => t < last.t), ...(await placed(pointId, last.t, last.t + 1, undefined))];
      return whole.toSorted(inOrder).map(({ t, v, q }) => ({ t, v, q }));
    },
    async buckets(pointId, { from, to }, everyMs, limit) {
      if (!(from < to)) return [];
      const select = `SELECT min(v), max(v), mean(v), count(v) FROM ${MEASUREMENT.reading}`;
      const where = `WHERE ${ofPoint(pointId)} AND ${JUDGED} AND ${during(from, to)}`;
      const tables = await ask(`${select} ${where} GROUP BY time(${Math.round(everyMs)}ms) fill(none) LIMIT ${limit}`);
      return tables.flatMap((table) => {
        const { time: t, min, max, mean, count } = numbersOf(table, 'time', 'min', 'max', 'mean', 'count');
        return table.values.map((row) => ({ t: t(row), min: min(row), max: max(row), mean: mean(row), count: count(row) }));
      });
    },
    async newest(pointIds) {
      const found = new Map<string, NewestSample>();
      const crowded: NewestSample[] = [];
      const statements = partsOf(pointIds, POINTS).map(
        (part) => `SELECT last(v), q, r, d FROM ${MEASUREMENT.reading} WHERE ${ofPoints(part)} GROUP BY point`,
      );
      for (const part of partsOf(statements, STATEMENTS))
        for (const table of (await connection.query(bucket, part)).flat()) {
          const sample = newestIn(table);
          if (sample === undefined) continue;
          found.set(sample.pointId, sample);
          if (sample.moved) crowded.push(sample);
        }
      // Several moved readings may share the newest time; their places there say nothing about the times of the device.
      for (const { pointId, t } of crowded) found.set(pointId, await newestAt(ask, pointId, t));
      return pointIds.flatMap((pointId) => {
        const sample = found.get(pointId);
        return sample === undefined ? [] : [{ pointId, t: sample.t, v: sample.v, q: sample.q, receivedAt: sample.receivedAt }];
      });
    },
    async conflicts(pointId, { from, to }, limit) {
      if (!(from < to)) return [];
      const select = `SELECT kept, refused, r FROM ${MEASUREMENT.conflict}`;
      const tables = await ask(`${select} WHERE ${ofPoint(pointId)} AND ${during(from, to)} ORDER BY time LIMIT ${limit}`);
      return tables.flatMap((table): readonly Conflict[] => {
        const { time: t, kept, refused, r: receivedAt } = numbersOf(table, 'time', 'kept', 'refused', 'r');
        return table.values.map((row) => ({ pointId, t: t(row), kept: kept(row), refused: refused(row), receivedAt: receivedAt(row) }));
      });
    },
    expire: (before) => expire(connection, bucket, before),
  };
}

function ofPoint(pointId: string): string {
  return `point = ${literal(tagText(pointId))}`;
}

function samplesIn(table: Table): readonly Placed[] {
  const { time: t, v, q } = numbersOf(table, 'time', 'v', 'q');
  const d = numbersIn(table, 'd');
  return table.values.map((row) => ({ t: t(row), v: v(row), q: qualityOf(q(row)), d: d(row) }));
}

/** Readings moved to a time come after the one that has it by right, in the order of the device's times. */
function inOrder(a: Placed, b: Placed): number {
  return a.t - b.t || (a.d ?? -Infinity) - (b.d ?? -Infinity) || 0;
}

function newestIn(table: Table): (NewestSample & Readonly<{ moved: boolean }>) | undefined {
  const [row] = table.values;
  if (row === undefined) return undefined;
  const number = (name: string): number => numberIn(table, name)(row);
  return {
    pointId: fromTagText(table.tags?.['point'] ?? ''),
    t: number('time'),
    v: number('last'),
    q: qualityOf(number('q')),
    receivedAt: number('r'),
    moved: numbersIn(table, 'd')(row) !== null,
  };
}

async function newestAt(ask: (statement: string) => Promise<readonly Table[]>, pointId: string, t: Millis): Promise<NewestSample> {
  const tables = await ask(`SELECT v, q, d, r FROM ${MEASUREMENT.reading} WHERE ${ofPoint(pointId)} AND ${during(t, t + 1)}`);
  const all = tables.flatMap((table) => {
    const receivedAt = numberIn(table, 'r');
    return samplesIn(table).map((sample, index) => ({ ...sample, pointId, receivedAt: receivedAt(table.values[index] ?? []) }));
  });
  const last = all.toSorted(inOrder).at(-1);
  if (last === undefined) throw new RangeError(`the newest reading of ${pointId} is gone`);
  return last;
}

function qualityOf(index: number): Quality {
  const quality = QUALITIES[index];
  if (quality === undefined) throw new RangeError(`no quality has the number ${index}`);
  return quality;
}

/** Counts first, because the store does not tell how many it removes. The bucket's own retention removes whole shards without us. */
async function expire(connection: InfluxConnection, bucket: string, before: Millis): Promise<number> {
  const old = `time < ${instant(before)}`;
  const [counted = []] = await connection.query(bucket, [`SELECT count(v) FROM ${MEASUREMENT.reading} WHERE ${old}`]);
  const gone = counted.reduce((sum, table) => sum + table.values.reduce((all, row) => all + numberIn(table, 'count')(row), 0), 0);
  await expireMoved(connection, bucket, before);
  if (gone === 0) return 0;
  await connection.query(
    bucket,
    [MEASUREMENT.reading, MEASUREMENT.conflict, MEASUREMENT.moved].map((measurement) => `DELETE FROM ${measurement} WHERE ${old}`),
  );
  return gone;
}

/** Readings that were moved to a time before `before`, away from a later one: their entries by device time. */
async function expireMoved(connection: InfluxConnection, bucket: string, before: Millis): Promise<void> {
  for (;;) {
    const select = `SELECT t, point FROM ${MEASUREMENT.moved} WHERE ${during(before, MAX_TIME)} AND t < ${Math.round(before)} LIMIT ${REMOVED}`;
    const tables = (await connection.query(bucket, [select])).flat();
    const statements = tables.flatMap((table) => {
      const [time, point] = [numberIn(table, 'time'), table.columns.indexOf('point')];
      return table.values.map(
        (row) => `DELETE FROM ${MEASUREMENT.moved} WHERE point = ${literal(String(row[point]))} AND time = ${instant(time(row))}`,
      );
    });
    if (statements.length === 0) return;
    await connection.query(bucket, statements);
  }
}
