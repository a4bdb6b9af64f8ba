import type { Millis } from '@anlan/contracts';
import type { InfluxConnection } from './connection.js';
import { type Standing, nothingStanding, entryOf } from './decide.js';
import { type Table, during, numberIn, numbersIn, numbersOf, ofPoints, partsOf } from './influxql.js';
import { MAX_TIME, MEASUREMENT } from './line-protocol.js';
import type { Placed } from './origin.js';
import { fromTagText } from './point-tags.js';

/** Points named in one statement. */
const POINTS = 100;
/** Statements in one request. */
const STATEMENTS = 100;
/** Rows of one point at most so far apart are read as one range. */
const GAP_MS = 60_000;
/** All that is to be written waits for the answer, also for one that was lost with its link. */
const LOOK_WITHIN_MS = 10_000;
/** A range is never longer, so that the answer stays bounded. */
const RANGE_MS = 3_600_000;
/** Points times seconds in one request: what lies between the times we ask for comes along. */
const POINT_SECONDS = 50_000;

const READ_BACK = [MEASUREMENT.reading, MEASUREMENT.moved].join(', ');

/**
 * The newest time stored of each of these points, by whichever time; points without a row from `from` on are missing.
 * (Bounded by time, so that the store need not open all its years.)
 */
export async function newestOf(
  connection: InfluxConnection,
  bucket: string,
  pointIds: readonly string[],
  from: Millis,
): Promise<ReadonlyMap<string, Millis>> {
  const newest = new Map<string, Millis>();
  const statements = partsOf(pointIds, POINTS).map(
    (part) => `SELECT last(v) FROM ${READ_BACK} WHERE ${during(from, MAX_TIME)} AND ${ofPoints(part)} GROUP BY point`,
  );
  for (const part of partsOf(statements, STATEMENTS / 5)) {
    for (const table of (await connection.query(bucket, part, LOOK_WITHIN_MS)).flat()) {
      const pointId = pointOf(table);
      const time = numberIn(table, 'time');
      for (const row of table.values) newest.set(pointId, Math.max(newest.get(pointId) ?? -Infinity, time(row)));
    }
  }
  return newest;
}

/** What the store holds at the times that these rows touch, in one request a few thousand point-seconds. */
export async function standingFor(connection: InfluxConnection, bucket: string, rows: readonly Placed[]): Promise<Standing> {
  const standing = nothingStanding();
  for (const request of requestsOf(questionsFor(rows)))
    for (const table of (await connection.query(bucket, request.map(statementOf), LOOK_WITHIN_MS)).flat()) keep(standing, table);
  return standing;
}

type Range = Readonly<{ pointId: string; from: Millis; /** Inclusive. */ to: Millis }>;
type Question = Readonly<{ pointIds: readonly string[]; from: Millis; to: Millis }>;

function statementOf({ pointIds, from, to }: Question): string {
  return `SELECT v, o, d, k FROM ${READ_BACK} WHERE ${during(from, to + 1)} AND ${ofPoints(pointIds)} GROUP BY point`;
}

/** Ranges of several points that are about the same become one question: the usual case, a batch that is repeated after a crash. */
function questionsFor(rows: readonly Placed[]): readonly Question[] {
  const alike = new Map<string, Range[]>();
  for (const range of rangesOf(rows)) {
    const about = `${Math.floor(range.from / GAP_MS)} ${Math.floor(range.to / GAP_MS)}`;
    alike.set(about, [...(alike.get(about) ?? []), range]);
  }
  return [...alike.values()].flatMap((ranges) =>
    partsOf(ranges, POINTS).map((part) => ({
      pointIds: part.map(({ pointId }) => pointId),
      from: Math.min(...part.map(({ from }) => from)),
      to: Math.max(...part.map(({ to }) => to)),
    })),
  );
}

/** The times that the rows touch: their own by the device, and the event time of moved ones. */
function rangesOf(rows: readonly Placed[]): readonly Range[] {
  const times = new Map<string, Set<Millis>>();
  for (const { row, key } of rows) {
    const { pointId, t } = row.reading;
    const of = times.get(pointId) ?? new Set();
    times.set(pointId, of.add(key).add(t));
  }
  const ranges: { pointId: string; from: Millis; to: Millis }[] = [];
  for (const [pointId, of] of times) {
    let last: (typeof ranges)[number] | undefined;
    for (const t of [...of].sort((a, b) => a - b)) {
      if (last !== undefined && t - last.to <= GAP_MS && t - last.from <= RANGE_MS) last.to = t;
      else ranges.push((last = { pointId, from: t, to: t }));
    }
  }
  return ranges;
}

function requestsOf(questions: readonly Question[]): readonly (readonly Question[])[] {
  const requests: Question[][] = [];
  let cost = Infinity;
  for (const question of questions) {
    const own = question.pointIds.length * (1 + (question.to - question.from) / 1000);
    if (cost + own > POINT_SECONDS || (requests.at(-1)?.length ?? 0) >= STATEMENTS) {
      requests.push([]);
      cost = 0;
    }
    requests.at(-1)?.push(question);
    cost += own;
  }
  return requests;
}

function pointOf(table: Table): string {
  return fromTagText(table.tags?.['point'] ?? '');
}

function keep(standing: Standing, table: Table): void {
  const pointId = pointOf(table);
  const { time, v, o } = numbersOf(table, 'time', 'v', 'o');
  const [deviceTime, k] = [numbersIn(table, 'd'), numbersIn(table, 'k')];
  for (const row of table.values) {
    const [t, d] = [time(row), deviceTime(row)];
    const kept = { v: v(row), place: o(row) };
    standing.byKey.set(entryOf(pointId, d ?? t), kept);
    if (table.name === MEASUREMENT.moved) standing.moved.add(entryOf(pointId, t));
    if (d === null) continue;
    const at = entryOf(pointId, t);
    standing.copies.set(at, [...(standing.copies.get(at) ?? []), { ...kept, d, k: k(row) ?? 0 }]);
  }
}
