import { describeWith } from '@anlan/testing';
import fc from 'fast-check';
import { bucketLine, canBeWritten, conflictLine, copyLine, dueLine, movedLine, readingLine } from './line-protocol.js';
import { type InfluxSeries, dropBucket, ensureBuckets } from './index.js';
import { placed } from './origin.js';
import { fromTagText, tagSets, tagText } from './point-tags.js';
import { account, openSeries, ownName } from './contract/harness.js';
import { parseLine } from './contract/line-parser.js';

const T0 = 1_800_000_000_000;
const NASTY = [
  '井-1',
  "o'brien",
  'a"b',
  'back\\slash',
  'end\\',
  'a\\,b',
  'a,b',
  'a b',
  'a=b',
  '%41',
  'tab\tline\nnull\0',
  "'; DROP DATABASE x; --",
  '\u{1F600}',
];
const row = (pointId: string, t: number, v: number, origin = '3:77:2') => ({
  reading: { pointId, t, v, q: 'uncertain' as const },
  origin,
  receivedAt: 1_800_000_000_007,
});
const noTags = (): undefined => undefined;
const anyId = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }));

test('tag text loses nothing and holds neither backslash nor control characters', () => {
  fc.assert(
    fc.property(anyId, (id) => {
      expect(fromTagText(tagText(id))).toBe(id);
      expect(tagText(id)).not.toMatch(/[\\\p{Cc}]/u);
    }),
  );
});

test('every line is one line that an independent parser reads back to what it says, for every number', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(-0, 5e-324, 1e21, -1e-300, Number.MAX_VALUE),
  );
  const time = fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 });
  fc.assert(
    fc.property(anyId, number, time, fc.integer({ min: 1, max: 999_999 }), (id, v, t, place) => {
      const each = placed(row(id, t, v));
      const ahead = placed({ ...each.row, reading: { ...each.row.reading, tDevice: t + 9 } });
      const k = 1 + (each.place % 999_999);
      expect(canBeWritten(each)).toBe(true);
      const tags = { point: tagText(id), site: tagText(`${id} site`), metric: 'm' };
      const ns = BigInt(t) * 1_000_000n;
      const whole = { v: { type: 'float', value: v }, q: { type: 'integer', value: 1 }, r: { type: 'integer', value: 1_800_000_000_007 } };
      const o = { type: 'integer', value: 77 * 4_096 + 2 };
      const int = (value: number) => ({ type: 'integer', value });
      const float = (value: number) => ({ type: 'float', value });
      const tagSet = tagSets(() => ({ site: `${id} site`, metric: 'm' }), 10);
      expect(parseLine(readingLine(each, tagSet))).toEqual({ measurement: 'reading', tags, fields: { ...whole, o }, ns });
      expect(parseLine(copyLine(ahead, place, tagSet))).toEqual({
        ...{ measurement: 'reading', tags, ns: ns + BigInt(place) },
        fields: { ...whole, o, d: int(t + 9), k: int(place) },
      });
      const point = { point: tagText(id) };
      expect(parseLine(movedLine(each))).toEqual({ measurement: 'reading_moved', tags: point, fields: { v: float(v), o, t: int(t) }, ns });
      expect(parseLine(conflictLine(each, -v))).toEqual({
        ...{ measurement: 'reading_conflict', tags: point, ns: ns + BigInt(k) },
        fields: { kept: float(-v), refused: float(v), r: whole.r, o },
      });
      expect(parseLine(dueLine(id, t, t, place)).fields).toEqual({ hour: int(t) });
      const bucket = { tags: { ...tags, site: '' }, t, min: v, max: null, mean: v, last: v, count: 2, bad: 3 };
      expect(parseLine(bucketLine('reading_1m', bucket))).toEqual({
        ...{ measurement: 'reading_1m', tags: { point: tagText(id), metric: 'm' }, ns },
        fields: { min: float(v), mean: float(v), last: float(v), count: int(2), bad: int(3) },
      });
    }),
    { numRuns: 500 },
  );
});

test('a non-number never becomes a line', () => {
  for (const v of [Number.NaN, Infinity, -Infinity]) {
    expect(canBeWritten(placed(row('p', T0, v)))).toBe(false);
    expect(() => readingLine(placed(row('p', T0, v)), tagSets(noTags, 1))).toThrow(RangeError);
  }
  for (const t of [Number.NaN, 0.5, 1e17]) expect(canBeWritten(placed(row('p', t, 1)))).toBe(false);
  expect(canBeWritten(placed(row('', T0, 1)))).toBe(false);
  for (const origin of ['', '1', '1:2', '1:2:', ':2:3', '1::3', '1:2:3:4', 'a:2:3', '1:-2:3', '1:2:4096', `1:${2 ** 52}:0`])
    expect(() => placed({ ...row('p', T0, 1), origin })).toThrow(RangeError);
});

describeWith('influx', 'text and numbers on InfluxDB itself', (url) => {
  let bucket = '';
  let series: InfluxSeries;
  beforeAll(async () => {
    bucket = ownName('text');
    series = openSeries(url, bucket);
    await ensureBuckets(series.connection, account().org, [{ name: bucket, keepMs: null }]);
  });
  afterAll(async () => {
    await dropBucket(series.connection, account().org, bucket);
    await series.close();
  });

  test('ids with any printable text are kept apart, found, and change nothing else', async () => {
    const rows = NASTY.map((id, n) => row(id, T0, n, `0:${n}:0`));
    expect(new Set(await series.write(rows))).toEqual(new Set(['stored']));
    expect((await series.newest(NASTY)).map(({ pointId, v }) => [pointId, v])).toEqual(NASTY.map((id, n) => [id, n]));
    const again = NASTY.map((id, n) => row(id, T0, n + 1, `0:${n + 100}:0`));
    expect(new Set(await series.write(again))).toEqual(new Set(['conflict']));
    for (const [n, id] of NASTY.entries()) {
      expect(await series.read(id, { from: 0, to: 2 * T0 }, 10)).toEqual([{ t: T0, v: n, q: 'uncertain' }]);
      expect((await series.conflicts(id, { from: 0, to: 2 * T0 }, 10)).map(({ kept, refused }) => [kept, refused])).toEqual([[n, n + 1]]);
    }
  });

  test('a point that the registry does not know is stored under its id alone', async () => {
    const strange = openSeries(url, bucket, { tagsOf: noTags });
    expect(await strange.write([row('strange', T0, 1, '1:0:0')])).toEqual(['stored']);
    expect(await series.read('strange', { from: 0, to: 2 * T0 }, 10)).toHaveLength(1);
    await strange.close();
  });

  test('every double comes back as it was', async () => {
    const doubles = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 300);
    const rows = doubles.map((v, n) => row('doubles', T0 + n, v, `2:${n}:0`));
    expect(new Set(await series.write(rows))).toEqual(new Set(['stored']));
    expect((await series.read('doubles', { from: 0, to: 2 * T0 }, 1_000)).map(({ v }) => v)).toEqual(doubles);
  });

  test('late rows far apart and close together, of many points, are each compared with their own', async () => {
    const late = (v: number, from: number) =>
      Array.from({ length: 900 }, (_, n) => row(`late${n % 7}`, T0 - (n % 3 === 0 ? n * 7_000_000 : n * 50), n + v, `4:${from + n}:0`));
    await series.write(Array.from({ length: 7 }, (_, n) => row(`late${n}`, T0 + 1, 0, `4:${n}:0`)));
    expect(new Set(await series.write(late(0, 7)))).toEqual(new Set(['stored']));
    expect(new Set(await series.write(late(0, 7)))).toEqual(new Set(['stored']));
    expect(new Set(await series.write(late(0, 2_000)))).toEqual(new Set(['duplicate']));
    expect(new Set(await series.write(late(1, 3_000)))).toEqual(new Set(['conflict']));
  });
});
