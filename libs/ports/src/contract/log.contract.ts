import { TOPICS, type Topic } from '@anlan/contracts';
import fc from 'fast-check';
import { type Log, type LogRecord, LogUnavailable, type NewRecord } from '../log.js';

/** One log under test. The harness owns its time. */
export type LogHarness = Readonly<{
  log: Log;
  /** Moves the log's clock. */
  advance(ms: number): Promise<void>;
  /** Closes the log and opens it again on what is durable; for logs that live in memory, the same log. */
  reopen(): Promise<Log>;
  dispose(): Promise<void>;
}>;

/** What cannot be asked of a log under test. */
export type LogLimits = Readonly<{
  /** Time and retention are those of a server: `advance` does not move them, and `expire` is not ours to do. */
  served?: boolean;
}>;

/** Partition of each key with 1, 7 and 16 partitions. Written down once; they may never change. */
export const GOLDEN_PARTITIONS: readonly (readonly [key: string, of7: number, of16: number])[] = [
  ['', 2, 9],
  ['s', 1, 15],
  ['site-1', 3, 6],
  ['site-2', 6, 7],
  ['site-17', 4, 2],
  ['gas-well-0042', 1, 13],
  ['尾矿库-01', 4, 11],
  ['tank farm 3', 1, 6],
  ['21', 3, 12],
  ['foobar', 0, 14],
];

const T = TOPICS.readings;
const record = (key: string, value = '{}', topic: Topic = T): NewRecord => ({ topic, key, value });
const allOf = async (log: Log, topic: Topic, partition: number, from = 0): Promise<readonly LogRecord[]> => {
  const found: LogRecord[] = [];
  for (let at = from; ;) {
    const page = await log.read(topic, partition, at, 7);
    if (page.length === 0) return found;
    found.push(...page);
    at = (found.at(-1)?.offset ?? at) + 1;
  }
};

/** What every `Log` promises (L1 to L4), to be run by each adapter's spec. */
export function logContract(name: string, make: (partitions: number) => Promise<LogHarness>, { served = false }: LogLimits = {}): void {
  const ofOwnTime = served ? (): void => undefined : test;
  describe(`${name} keeps the promises of Log`, () => {
    let harness: LogHarness;
    let log: Log;
    const begin = async (partitions = 1): Promise<void> => {
      harness = await make(partitions);
      log = harness.log;
    };
    afterEach(() => harness.dispose());

    test('an empty log: bounds 0 and 0, nothing to read, nothing committed', async () => {
      await begin();
      expect(await log.bounds(T, 0)).toEqual({ first: 0, next: 0 });
      expect(await log.read(T, 0, 0, 10)).toEqual([]);
      expect(await log.committed('g', T, 0)).toBe(0);
      expect(await log.append([])).toEqual([]);
    });

    test('L1, L2: what was appended is read back, in order, with its place, key and value', async () => {
      await begin();
      const places = await log.append([record('a', '{"v":1}'), record('b', '"井 42 \\u0000 \u{1f4a7}"'), record('c', '')]);
      expect(places.map(({ topic, partition, offset }) => ({ topic, partition, offset }))).toEqual(
        [0, 1, 2].map((offset) => ({ topic: T, partition: 0, offset })),
      );
      const read = await log.read(T, 0, 0, 10);
      expect(read.map(({ key, value }) => [key, value])).toEqual([
        ['a', '{"v":1}'],
        ['b', '"井 42 \\u0000 \u{1f4a7}"'],
        ['c', ''],
      ]);
      expect(read.map(({ offset, at }) => [offset, at])).toEqual(places.map(({ offset, at }) => [offset, at]));
      expect(await log.read(T, 0, 1, 1)).toEqual(read.slice(1, 2));
      expect(await log.read(T, 0, 3, 10)).toEqual([]);
      expect(await log.read(T, 0, 99, 10)).toEqual([]);
    });

    test('L1: one append over several topics is all there when it resolves', async () => {
      await begin();
      const places = await log.append([record('a'), record('d1', 'x', TOPICS.rejected), record('a', '2')]);
      expect(places.map(({ topic, offset }) => [topic, offset])).toEqual([
        [T, 0],
        [TOPICS.rejected, 0],
        [T, 1],
      ]);
      expect(await log.bounds(TOPICS.rejected, 0)).toEqual({ first: 0, next: 1 });
    });

    test('L1: durable: all of it is there after a reopen, with offsets going on', async () => {
      await begin();
      await log.append([record('a', '1'), record('a', '2')]);
      const before = await allOf(log, T, 0);
      log = await harness.reopen();
      expect(await allOf(log, T, 0)).toEqual(before);
      expect(await log.append([record('a', '3')])).toMatchObject([{ offset: 2 }]);
    });

    test('L2: offsets have no holes and `at` never falls, whatever is in flight', async () => {
      await begin(3);
      const appends: Promise<unknown>[] = [];
      for (let i = 0; i < 300; i++) {
        appends.push(log.append([record(`k${i % 11}`, String(i)), record(`k${i % 5}`, `${i}b`)]));
        if (i % 50 === 0) await harness.advance(10);
      }
      await Promise.all(appends);
      let total = 0;
      for (const partition of [0, 1, 2]) {
        const records = await allOf(log, T, partition);
        expect(records.map(({ offset }) => offset)).toEqual(records.map((_, i) => i));
        expect(records.map(({ at }) => at)).toEqual(records.map(({ at }) => at).sort((a, b) => a - b));
        total += records.length;
      }
      expect(total).toBe(600);
    });

    ofOwnTime('L2: `at` does not fall when the clock does, nor over a reopen', async () => {
      await begin();
      const [first] = await log.append([record('a')]);
      await harness.advance(-3_600_000);
      log = await harness.reopen();
      const [second] = await log.append([record('a')]);
      expect(second?.at).toBeGreaterThanOrEqual(first?.at ?? NaN);
    });

    test('L3: many appends in flight land in the order of the calls', async () => {
      await begin();
      const places = await Promise.all(Array.from({ length: 500 }, (_, i) => log.append([record('a', String(i))])));
      expect(places.map(([place]) => place?.offset)).toEqual(Array.from({ length: 500 }, (_, i) => i));
      expect((await allOf(log, T, 0)).map(({ value }) => value)).toEqual(Array.from({ length: 500 }, (_, i) => String(i)));
    });

    test('L3: an append larger than any group is still one', async () => {
      await begin();
      const places = await log.append(Array.from({ length: 12_000 }, (_, i) => record('a', String(i))));
      expect(places).toHaveLength(12_000);
      expect(await log.bounds(T, 0)).toEqual({ first: 0, next: 12_000 });
    });

    test('L4: a commit is durable, only grows, and is one a group and partition', async () => {
      await begin(2);
      await log.appendToAll(record('a'));
      await log.appendToAll(record('a'));
      await log.commit('rules', T, 0, 2);
      await log.commit('rules', T, 0, 1);
      await log.commit('recorder', T, 1, 1);
      const seen = async (): Promise<readonly number[]> =>
        Promise.all([
          log.committed('rules', T, 0),
          log.committed('rules', T, 1),
          log.committed('recorder', T, 0),
          log.committed('recorder', T, 1),
        ]);
      expect(await seen()).toEqual([2, 0, 0, 1]);
      log = await harness.reopen();
      expect(await seen()).toEqual([2, 0, 0, 1]);
    });

    test('L4: a commit beyond the end is a bug and throws', async () => {
      await begin();
      await log.append([record('a')]);
      await expect(log.commit('g', T, 0, 2)).rejects.toThrow(RangeError);
      expect(await log.committed('g', T, 0)).toBe(0);
    });

    test('keys go to their partition for ever (golden values)', async () => {
      for (const [key, of7, of16] of GOLDEN_PARTITIONS) {
        for (const [partitions, expected] of [
          [1, 0],
          [7, of7],
          [16, of16],
        ] as const) {
          await begin(partitions);
          expect([key, partitions, log.partitionOf(T, key)]).toEqual([key, partitions, expected]);
          await harness.dispose();
        }
      }
      await begin(16);
      const places = await log.append(GOLDEN_PARTITIONS.map(([key]) => record(key)));
      expect(places.map(({ partition }) => partition)).toEqual(GOLDEN_PARTITIONS.map(([, , of16]) => of16));
    });

    test('appendToAll puts one record into every partition', async () => {
      await begin(4);
      const places = await log.appendToAll(record('tick', '{"kind":"tick"}'));
      expect(places.map(({ partition, offset }) => [partition, offset])).toEqual([0, 1, 2, 3].map((partition) => [partition, 0]));
      expect(log.partitions(T)).toBe(4);
    });

    test('until wakes at the append, not before, at once when it is there, and when aborted', async () => {
      await begin();
      const stop = new AbortController();
      let woken = 0;
      const wait = async (offset: number): Promise<void> => {
        await log.until(T, 0, offset, stop.signal);
        woken++;
      };
      const [first, second, never] = [wait(0), wait(1), wait(5)];
      await harness.advance(1_000);
      expect(woken).toBe(0);
      await log.append([record('a')]);
      await first;
      expect(woken).toBe(1);
      await log.append([record('a')]);
      await second;
      await log.until(T, 0, 0, stop.signal);
      stop.abort();
      await never;
      await log.until(T, 0, 99, stop.signal);
      expect(woken).toBe(3);
      expect(await log.read(T, 0, 1, 1)).toHaveLength(1);
    });

    ofOwnTime('expire removes what is old and committed by every group that ever committed, nothing else', async () => {
      await begin();
      const at = (await log.append(Array.from({ length: 10 }, (_, i) => record('a', `old ${i}`))))[0]?.at ?? NaN;
      await harness.advance(60_000);
      await log.append([record('a', 'young')]);
      await log.commit('fast', T, 0, 11);
      await log.commit('slow', T, 0, 4);
      expect(await log.expire(T, at)).toBe(0);
      expect(await log.expire(T, at + 60_000)).toBe(4);
      expect(await log.bounds(T, 0)).toEqual({ first: 4, next: 11 });
      await log.commit('slow', T, 0, 11);
      expect(await log.expire(T, at + 60_000)).toBe(6);
      expect((await log.read(T, 0, 0, 10)).map(({ value }) => value)).toEqual(['young']);
      await harness.advance(60_000);
      expect(await log.expire(T, at + 120_000)).toBe(1);
      log = await harness.reopen();
      expect(await log.bounds(T, 0)).toEqual({ first: 11, next: 11 });
      expect(await log.append([record('a', 'next')])).toMatchObject([{ offset: 11 }]);
    });

    test('after close an append is refused, not lost in silence', async () => {
      await begin();
      await log.append([record('a')]);
      await log.close();
      await expect(log.append([record('a')])).rejects.toThrow(LogUnavailable);
    });

    test('L1 to L4 against a naive log, for random histories', async () => {
      const step = fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({
            kind: fc.constant('append' as const),
            keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 5 }),
          }),
        },
        {
          weight: 2,
          arbitrary: fc.record({
            kind: fc.constant('commit' as const),
            partition: fc.nat(1),
            part: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
        },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(5_000) }) },
      );
      const run = async (steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): Promise<void> => {
        await begin(2);
        const model = [0, 1].map(() => ({
          values: [] as string[],
          first: 0,
          committed: undefined as number | undefined,
          lastAt: 0,
          ats: [] as number[],
        }));
        let n = 0;
        for (const one of steps) {
          if (one.kind === 'append') {
            const records = one.keys.map((key) => record(key, `${key}${n++}`));
            for (const [i, place] of (await log.append(records)).entries()) {
              const part = model[place.partition];
              expect(place.offset).toBe(part?.values.length);
              part?.values.push(records[i]?.value ?? '');
              part?.ats.push(place.at);
            }
          } else if (one.kind === 'commit') {
            const part = model[one.partition];
            if (part === undefined) continue;
            const next = Math.floor(one.part * part.values.length);
            await log.commit('g', T, one.partition, next);
            part.committed = Math.max(next, part.committed ?? 0);
          } else if (one.kind === 'expire') {
            const removed = await log.expire(T, Number.MAX_SAFE_INTEGER);
            if (served) expect(removed).toBe(0);
            else for (const part of model) part.first = Math.max(part.first, part.committed ?? part.values.length);
          } else if (one.kind === 'reopen') log = await harness.reopen();
          else await harness.advance(one.ms);
        }
        for (const [partition, part] of model.entries()) {
          expect((await allOf(log, T, partition)).map(({ value }) => value)).toEqual(part.values.slice(part.first));
          expect(await log.bounds(T, partition)).toEqual({ first: part.first, next: part.values.length });
          expect(await log.committed('g', T, partition)).toBe(part.committed ?? 0);
          expect(part.ats).toEqual([...part.ats].sort((a, b) => a - b));
        }
        await harness.dispose();
      };
      await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), run), { numRuns: 30 });
      await begin();
    });
  });
}
