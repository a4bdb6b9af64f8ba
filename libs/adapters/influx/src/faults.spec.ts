import { type Logger, silentLogger } from '@anlan/observability';
import { type RowOutcome, type SeriesRow, SeriesUnavailable } from '@anlan/ports';
import fc from 'fast-check';
import type { InfluxSeries, InfluxSeriesDeps } from './index.js';
import { clock, openSeries, until } from './contract/harness.js';
import { type Mood, type StrictStore, WELL, strictStore } from './contract/strict-store.js';

const T0 = 1_800_000_000_000;
/** Long enough for a good answer on a busy machine. */
const PATIENCE_MS = 2_000;
const row = (o: number, { p = 'p1', t = o, v = o }: Readonly<{ p?: string; t?: number; v?: number }> = {}): SeriesRow => ({
  reading: { pointId: p, t: T0 + t, v, q: 'good' },
  origin: `0:${o}:0`,
  receivedAt: T0 + t + 5,
});
const many = (count: number): readonly SeriesRow[] => Array.from({ length: count }, (_, o) => row(o));
const status = (code: number, headers: Readonly<Record<string, string>> = {}, body: unknown = { code: 'x', message: 'no' }): Mood => ({
  ...{ kind: 'status', status: code, headers, body },
});

let store: StrictStore;
let series: InfluxSeries;
let errors: unknown[];
const logger: Logger = { ...silentLogger, error: (...words) => void errors.push(words) };
const open = (more: Partial<InfluxSeriesDeps> = {}): InfluxSeries =>
  openSeries(store.url, 'b', { token: 'right', logger, limits: { writeMs: PATIENCE_MS, queryMs: PATIENCE_MS }, ...more });
/** These moods for the next requests of the kind, then well again. */
const moods = (op: 'write' | 'query', ...list: readonly Mood[]): void => {
  const left = [...list];
  store.mood.next = (asked) => (asked === op ? (left.shift() ?? WELL) : WELL);
};
const values = (): readonly unknown[] =>
  [...store.points.values()].filter(({ measurement }) => measurement === 'reading').map(({ fields }) => fields['v']?.value);
const writes = (): number => store.requests.filter(({ op }) => op === 'write').length;

beforeEach(async () => {
  store = await strictStore();
  errors = [];
  series = open();
});
afterEach(async () => {
  await series.close();
  await store.close();
});

test('204: gzip, at most so many lines and bytes in a request', async () => {
  await series.close();
  series = open({ limits: { lines: 100, bytes: 5_000 } });
  expect(await series.write(many(250))).toEqual(Array<RowOutcome>(250).fill('stored'));
  expect(store.points.size).toBe(250);
  expect(Math.max(...store.requests.map(({ lines }) => lines))).toBeLessThanOrEqual(100);
  expect(writes()).toBeGreaterThan(3);
});

describe('what the store will never take', () => {
  test('422, partial: the others are stored, the refused one is said to be refused, also on a repeat', async () => {
    store.rules.retainedFromNs = BigInt(T0) * 1_000_000n;
    const rows = [row(0, { t: 1 }), row(1, { t: -9 }), row(2, { t: 3 })];
    expect(await series.write(rows)).toEqual(['stored', 'refused', 'stored']);
    expect(values()).toEqual([0, 2]);
    expect(await series.write(rows)).toEqual(['stored', 'refused', 'stored']);
    expect(errors).toHaveLength(2);
  });

  test('400, not parsed: halving finds the bad lines among many; the number of requests stays small', async () => {
    store.rules.hated = 'bad';
    const rows = many(400).map((each, o) => (o === 7 || o === 311 ? row(o, { p: 'bad' }) : each));
    const outcomes = await series.write(rows);
    expect(outcomes.flatMap((outcome, o) => (outcome === 'refused' ? [o] : []))).toEqual([7, 311]);
    expect(store.points.size).toBe(398);
    expect(writes()).toBeLessThan(45);
  });

  test('all of them: one request where the store counts them, else at most two a line', async () => {
    store.rules.retainedFromNs = BigInt(T0 + 1_000) * 1_000_000n;
    expect(new Set(await series.write(many(64)))).toEqual(new Set(['refused']));
    expect(writes()).toBe(1);
    store.rules.hated = 'p1';
    expect(new Set(await series.write(many(64)))).toEqual(new Set(['refused']));
    expect(writes()).toBeLessThanOrEqual(1 + 128);
  });

  test('a refused first value leaves the time free', async () => {
    store.rules.hated = 'p1';
    expect(await series.write([row(0, { t: 5, v: 1 })])).toEqual(['refused']);
    store.rules.hated = undefined;
    expect(await series.write([row(1, { t: 5, v: 2 })])).toEqual(['stored']);
  });

  test('what is no number never leaves us', async () => {
    expect(await series.write([row(0, { v: Number.NaN }), row(1, { v: Infinity }), row(2, { t: 1e18 }), row(3)])).toEqual([
      'refused',
      'refused',
      'refused',
      'stored',
    ]);
    expect(values()).toEqual([3]);
  });

  test('400 of something in between is not about the lines: nothing is refused', async () => {
    moods('write', { kind: 'status', status: 400, body: 'The plain HTTP request was sent to HTTPS port' });
    await expect(series.write(many(3))).rejects.toThrow(SeriesUnavailable);
    expect(await series.write(many(3))).toEqual(['stored', 'stored', 'stored']);
  });
});

test('413: split until it fits', async () => {
  store.rules.maxBytes = 2_000;
  expect(new Set(await series.write(many(200)))).toEqual(new Set(['stored']));
  expect(store.points.size).toBe(200);
});

describe('nothing may be assumed', () => {
  test.each([401, 403, 404])('%d: nothing is dropped, it is said once and loudly, and goes on when mended', async (code) => {
    moods('write', status(code), status(code));
    for (const _ of [1, 2]) await expect(series.write(many(3))).rejects.toThrow(SeriesUnavailable);
    expect(errors).toHaveLength(1);
    expect(store.points.size).toBe(0);
    expect(await series.write(many(3))).toEqual(['stored', 'stored', 'stored']);
  });

  test.each([429, 503])('%d: the rest that the store asks for is given, in seconds', async (code) => {
    moods('write', status(code, { 'retry-after': '1' }));
    await expect(series.write(many(2))).rejects.toThrow(SeriesUnavailable);
    const before = writes();
    await expect(series.write(many(2))).rejects.toThrow(/of rest/);
    expect(writes()).toBe(before);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(await series.write(many(2))).toEqual(['stored', 'stored']);
  });

  test('a rest of days is cut to what we bear', async () => {
    await series.close();
    series = open({ limits: { holdMs: 100 } });
    moods('write', status(503, { 'retry-after': '99999' }));
    await expect(series.write(many(1))).rejects.toThrow(SeriesUnavailable);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(await series.write(many(1))).toEqual(['stored']);
  });

  const NOT_HEARD: readonly Readonly<{ name: string; mood: Mood; stored: number }>[] = [
    { name: '500', mood: status(500), stored: 0 },
    { name: 'never', mood: { kind: 'never', stores: false }, stored: 0 },
    { name: 'stored, but never answered', mood: { kind: 'never', stores: true }, stored: 3 },
    { name: 'later than we wait', mood: { kind: 'late', afterMs: PATIENCE_MS + 300 }, stored: 3 },
    { name: '204 lost', mood: { kind: 'lost' }, stored: 3 },
    { name: 'cut while the body is sent', mood: { kind: 'torn' }, stored: 0 },
  ];
  test.each(NOT_HEARD)('$name: rejected within its time; a repeat has the outcomes of the first time', async ({ mood, stored }) => {
    moods('write', mood);
    const rows = [row(0, { t: 1, v: 1 }), row(1, { t: 1, v: 2 }), row(2, { t: 1, v: 1 }), row(3, { t: 2, v: 4 })];
    const began = clock.mono();
    await expect(series.write(rows)).rejects.toThrow(SeriesUnavailable);
    expect(clock.mono() - began).toBeLessThan(PATIENCE_MS + 2_000);
    if (mood.kind === 'late') await until(() => store.points.size === stored);
    expect(store.points.size).toBe(stored);
    expect(await series.write(rows)).toEqual(['stored', 'conflict', 'duplicate', 'stored']);
    expect(values()).toEqual([1, 4]);
    expect(store.overwritten).toEqual([]);
  });

  test.each<Mood>([status(503), { kind: 'never', stores: false }, { kind: 'lost' }, { kind: 'torn' }])(
    'the look-up fails ($kind): nothing is written, nothing is assumed',
    async (mood) => {
      expect(await series.write([row(0, { t: 5 })])).toEqual(['stored']);
      moods('query', mood);
      const before = writes();
      await expect(series.write([row(1, { t: 5, v: 9 })])).rejects.toThrow(SeriesUnavailable);
      expect(writes()).toBe(before);
      expect(await series.write([row(1, { t: 5, v: 9 })])).toEqual(['conflict']);
    },
  );

  test('an answer that is too long is not read to its end', async () => {
    await series.write(many(2_000));
    await series.close();
    series = open({ limits: { answerBytes: 10_000 } });
    await expect(series.write(many(2_000))).rejects.toThrow(/longer than/);
  });

  test('nobody listens', async () => {
    await store.close();
    await expect(series.write(many(1))).rejects.toThrow(SeriesUnavailable);
    store = await strictStore();
  });

  test('more than a bound of rows never waits', async () => {
    store.mood.next = () => ({ kind: 'never', stores: false });
    const rows = many(50_000);
    const ends = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => series.write(rows)));
    expect(ends.filter((end) => end.status === 'rejected').map(({ reason }: PromiseRejectedResult) => String(reason))).toContainEqual(
      expect.stringContaining('too many rows'),
    );
  });
});

test('another process had the partition meanwhile: what it stored stands', async () => {
  expect(await series.write([row(0, { t: 10 })])).toEqual(['stored']);
  const other = open();
  expect(await other.write([row(1, { t: 20, v: 1 }), row(2, { t: 30, v: 2 })])).toEqual(['stored', 'stored']);
  await other.close();
  // Back again, from where the other one committed.
  expect(await series.write([row(3, { t: 20, v: 5 }), row(4, { t: 40, v: 3 })])).toEqual(['conflict', 'stored']);
  expect(store.overwritten).toEqual([]);
});

test('T1, T2: whatever fails, before or after its effect, repeating until it resolves gives the outcomes of an undisturbed run', async () => {
  const mood = fc.constantFrom<Mood>(WELL, WELL, WELL, status(500), { kind: 'lost' }, { kind: 'torn' }, status(503));
  const batch = fc.array(fc.record({ p: fc.constantFrom('p1', 'p2'), t: fc.nat(8), v: fc.nat(2) }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 5 }), fc.array(mood, { maxLength: 25 }), async (batches, trouble) => {
      const mine = await strictStore();
      const left = [...trouble];
      mine.mood.next = () => left.shift() ?? WELL;
      let writer = openSeries(mine.url, 'b', { token: 'right' });
      const first = new Map<string, number>();
      let o = 0;
      for (const shapes of batches) {
        const rows = shapes.map((shape) => row((o += 1), shape));
        const expected = rows.map(({ reading }): RowOutcome => {
          const key = `${reading.pointId} ${reading.t}`;
          const before = first.get(key);
          if (before === undefined) first.set(key, reading.v);
          return before === undefined ? 'stored' : before === reading.v ? 'duplicate' : 'conflict';
        });
        for (;;) {
          const outcomes = await writer.write(rows).catch(() => undefined);
          if (outcomes !== undefined) {
            expect(outcomes).toEqual(expected);
            break;
          }
          // A new process now and then.
          if (left.length % 2 === 0) {
            await writer.close();
            writer = openSeries(mine.url, 'b', { token: 'right' });
          }
        }
      }
      const stored = [...mine.points.values()].filter(({ measurement }) => measurement === 'reading');
      expect(Object.fromEntries(stored.map(({ tags, ns, fields }) => [`${tags['point']} ${ns / 1_000_000n}`, fields['v']?.value]))).toEqual(
        Object.fromEntries(first),
      );
      expect(mine.overwritten).toEqual([]);
      await writer.close();
      await mine.close();
    }),
    { numRuns: 60 },
  );
});
