import { type Millis, QUALITIES, type Quality } from '@anlan/contracts';
import type { Placed } from './origin.js';
import { type TagSet, tagPairs, tagText } from './point-tags.js';

/** Names of our measurements. `docs/decisions/0011-influx.md` says what each holds. */
export const MEASUREMENT = {
  reading: 'reading',
  /** By the device's own time, the readings that were moved to their arrival. */ moved: 'reading_moved',
  conflict: 'reading_conflict',
  /** Points and hours whose buckets must be computed anew. */ due: 'reading_due',
  minute: 'reading_1m',
  hour: 'reading_1h',
} as const;

/** Within one millisecond, the store's finer time tells apart what shares it. 0 is the reading that has the time by right. */
export const MAX_PLACE = 999_999;
/** The store's times are nanoseconds in 64 bits. */
export const MIN_TIME: Millis = -9_223_372_036_000;
export const MAX_TIME: Millis = 9_223_372_036_000;

/** A store may take a non-number for 0 without a word, so none may leave us. */
function float(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no value of a reading`);
  return Object.is(value, -0) ? '-0' : String(value);
}

function time(t: Millis, place = 0): string {
  return t > 0 ? `${t}${String(place).padStart(6, '0')}` : String(BigInt(t) * 1_000_000n + BigInt(place));
}

const pointTag = (pointId: string): string => tagPairs({ point: tagText(pointId) });
const qualityNumber = (q: Quality): number => QUALITIES.indexOf(q);

/** True when line protocol and the store's clock can carry it. */
export function canBeWritten({ row: { reading, receivedAt }, key }: Placed): boolean {
  return reading.pointId !== '' && Number.isFinite(reading.v) && Number.isSafeInteger(receivedAt) && isTime(reading.t) && isTime(key);
}

function isTime(t: Millis): boolean {
  return Number.isSafeInteger(t) && t >= MIN_TIME && t <= MAX_TIME;
}

function valueFields({ row: { reading, receivedAt }, place }: Placed): string {
  return `v=${float(reading.v)},q=${qualityNumber(reading.q)}i,r=${receivedAt}i,o=${place}i`;
}

/** A reading with its event time by right. */
export function readingLine(each: Placed, tagSet: TagSet): string {
  const { pointId, t } = each.row.reading;
  return `${MEASUREMENT.reading}${tagSet(pointId)} ${valueFields(each)} ${time(t)}`;
}

/** A reading that was moved to its arrival, where people look for it; `k` is its place in the millisecond. */
export function copyLine(each: Placed, k: number, tagSet: TagSet): string {
  const { pointId, t } = each.row.reading;
  return `${MEASUREMENT.reading}${tagSet(pointId)} ${valueFields(each)},d=${each.key}i,k=${k}i ${time(t, k)}`;
}

/** The same reading by the device's time, where its repeats are looked for. */
export function movedLine({ row: { reading }, place, key }: Placed): string {
  return `${MEASUREMENT.moved}${pointTag(reading.pointId)} v=${float(reading.v)},o=${place}i,t=${reading.t}i ${time(key)}`;
}

/** Another value for a time that has one. Its place follows from its place in the log, so a repeat is the same line. */
export function conflictLine({ row: { reading, receivedAt }, place, key }: Placed, kept: number): string {
  const fields = `kept=${float(kept)},refused=${float(reading.v)},r=${receivedAt}i,o=${place}i`;
  // Two of one time meet only if their places differ by a multiple of 999 999; then the later one is shown. Each has its dead letter anyway.
  return `${MEASUREMENT.conflict}${pointTag(reading.pointId)} ${fields} ${time(key, 1 + (place % MAX_PLACE))}`;
}

/** The buckets of this point and hour are due. Several of one point may be marked at once: `place` tells them apart. */
export function dueLine(pointId: string, hour: Millis, at: Millis, place: number): string {
  return `${MEASUREMENT.due}${pointTag(pointId)} hour=${hour}i ${time(at, place)}`;
}

/** A bucket of a closed minute or hour. */
export type RollupBucket = Readonly<{
  /** As the store has them: already in tag text. */ tags: Readonly<Record<string, string>>;
  t: Millis;
  min: number | null;
  max: number | null;
  mean: number | null;
  last: number | null;
  count: number;
  /** Bad and maintenance readings, which are in none of the others. */ bad: number;
}>;

/** One bucket; without a judged reading only the counts. */
export function bucketLine(measurement: string, { tags: labels, t, min, max, mean, last, count, bad }: RollupBucket): string {
  const numbers = Object.entries({ min, max, mean, last }).flatMap(([name, value]) => (value === null ? [] : [`${name}=${float(value)}`]));
  return `${measurement}${tagPairs(labels)} ${[...numbers, `count=${count}i`, `bad=${bad}i`].join(',')} ${time(t)}`;
}
