import type { Millis } from '@anlan/contracts';
import type { InfluxConnection } from './connection.js';
import { type Table, during, instant, literal, numberIn, numbersOf } from './influxql.js';
import { MEASUREMENT, type RollupBucket } from './line-protocol.js';
import { JUDGED, NOT_JUDGED } from './reader.js';

/** `pointTexts`: only these, in tag text. */
export type Stretch = Readonly<{ from: Millis; to: Millis; everyMs: Millis; pointTexts?: readonly string[] }>;
/** `point` in tag text. */
export type DueMark = Readonly<{ point: string; hour: Millis; at: Millis }>;

/** What the down-sampling reads: always the raw readings, so that computing a bucket again gives the bucket as it should be. */
export type RollupSource = Readonly<{
  buckets(stretch: Stretch): Promise<readonly RollupBucket[]>;
  /** First reading in the window. */
  firstReading(from: Millis, to: Millis): Promise<Millis | undefined>;
  /** Oldest first. All marks of the last millisecond are among them. */
  due(upTo: Millis, limit: number): Promise<readonly DueMark[]>;
  forgetDue(upTo: Millis): Promise<void>;
}>;

export function rollupSource(connection: InfluxConnection, bucket: string): RollupSource {
  const ask = async (...statements: readonly string[]): Promise<readonly (readonly Table[])[]> => connection.query(bucket, statements);
  const marks = async (where: string): Promise<readonly DueMark[]> => {
    const [tables = []] = await ask(`SELECT hour, point FROM ${MEASUREMENT.due} WHERE ${where}`);
    return tables.flatMap((table) => {
      const { time, hour } = numbersOf(table, 'time', 'hour');
      const point = table.columns.indexOf('point');
      return table.values.map((row) => ({ point: String(row[point]), hour: hour(row), at: time(row) }));
    });
  };

  return {
    async buckets({ from, to, everyMs, pointTexts }) {
      const only = pointTexts === undefined ? '' : ` AND (${pointTexts.map((text) => `point = ${literal(text)}`).join(' OR ')})`;
      const tail = `AND ${during(from, to)}${only} GROUP BY time(${everyMs}ms), point, site, metric fill(none)`;
      const [judged = [], bad = []] = await ask(
        `SELECT min(v), max(v), mean(v), last(v), count(v) FROM ${MEASUREMENT.reading} WHERE ${JUDGED} ${tail}`,
        `SELECT count(v) FROM ${MEASUREMENT.reading} WHERE ${NOT_JUDGED} ${tail}`,
      );
      return joined(judged, bad);
    },
    async firstReading(from, to) {
      const [tables = []] = await ask(`SELECT first(v) FROM ${MEASUREMENT.reading} WHERE ${during(from, to)}`);
      const [table] = tables;
      const row = table?.values[0];
      return table === undefined || row === undefined ? undefined : numberIn(table, 'time')(row);
    },
    async due(upTo, limit) {
      const page = await marks(`time <= ${instant(upTo)} ORDER BY time LIMIT ${limit}`);
      const last = page.at(-1);
      if (last === undefined || page.length < limit) return page;
      return [...page.filter(({ at }) => at < last.at), ...(await marks(during(last.at, last.at + 1)))];
    },
    async forgetDue(upTo) {
      await ask(`DELETE FROM ${MEASUREMENT.due} WHERE time < ${instant(upTo + 1)}`);
    },
  };
}

type Counted = { -readonly [K in keyof RollupBucket]: RollupBucket[K] };

function joined(judged: readonly Table[], bad: readonly Table[]): readonly RollupBucket[] {
  const found = new Map<string, Counted>();
  for (const table of judged) {
    const { time, min, max, mean, last, count } = numbersOf(table, 'time', 'min', 'max', 'mean', 'last', 'count');
    const tags = table.tags ?? {};
    for (const row of table.values)
      found.set(placeOf(tags, time(row)), {
        ...{ tags, t: time(row), bad: 0 },
        ...{ min: min(row), max: max(row), mean: mean(row), last: last(row), count: count(row) },
      });
  }
  for (const table of bad) {
    const { time, count } = numbersOf(table, 'time', 'count');
    const tags = table.tags ?? {};
    for (const row of table.values) {
      const place = placeOf(tags, time(row));
      const bucket = found.get(place) ?? { tags, t: time(row), min: null, max: null, mean: null, last: null, count: 0, bad: 0 };
      bucket.bad = count(row);
      found.set(place, bucket);
    }
  }
  return [...found.values()];
}

function placeOf(tags: Readonly<Record<string, string>>, t: Millis): string {
  return JSON.stringify([tags['point'], tags['site'], tags['metric'], t]);
}
