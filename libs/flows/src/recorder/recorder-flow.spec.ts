import { createHash } from 'node:crypto';
import { memoryFanout, memoryLedger, memoryLog, memorySeries, virtualClock } from '@anlan/adapter-memory';
import { TOPICS, type DeadLetter, type DerivedRecord, type LedgerItem, type ReadingsRecord } from '@anlan/contracts';
import { silentLogger, silentMeter } from '@anlan/observability';
import type { Broadcast, DeadLetterStore, Log, Sample, StoredDeadLetter } from '@anlan/ports';
import { recorderFlow, type RecorderDeps } from './recorder-flow.js';
import { RETENTION } from './retention.js';

const AT = 1_760_000_000_000;
const HOUR = 3_600_000;
const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };

function letterShelf(): DeadLetterStore & { rows: Map<string, StoredDeadLetter> } {
  const rows = new Map<string, StoredDeadLetter>();
  return {
    rows,
    put: async (letters) => {
      for (const letter of letters) if (!rows.has(letter.id)) rows.set(letter.id, { ...letter, retriedAt: null, retryOutcome: null });
    },
    page: async () => ({ items: [...rows.values()], nextCursor: null }),
    get: async (id) => rows.get(id),
    async markRetried(id, at, outcome) {
      const row = rows.get(id);
      if (!row || row.retriedAt !== null) return false;
      rows.set(id, { ...row, retriedAt: at, retryOutcome: outcome });
      return true;
    },
    async expire(before) {
      const old = [...rows.values()].filter(({ receivedAt }) => receivedAt < before);
      for (const { id } of old) rows.delete(id);
      return old.length;
    },
  };
}

type World = Omit<RecorderDeps, 'clock'> &
  Readonly<{ clock: ReturnType<typeof virtualClock>; deadLetters: ReturnType<typeof letterShelf>; told: Broadcast[] }>;

function world(partitions = 1): World {
  const clock = virtualClock(AT);
  const told: Broadcast[] = [];
  const fanout = memoryFanout({
    onError: (error) => {
      throw error;
    },
  });
  fanout.subscribe(['readings'], (broadcast) => told.push(broadcast));
  return {
    clock,
    told,
    fanout,
    log: memoryLog({ clock, partitions }),
    series: memorySeries(),
    ledger: memoryLedger(),
    deadLetters: letterShelf(),
    meter: silentMeter,
    logger: silentLogger,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    retention: RETENTION,
  };
}

const record = (readings: readonly (readonly [number, number])[], change: Partial<ReadingsRecord> = {}): ReadingsRecord => ({
  kind: 'readings',
  deviceId: 'dev-1',
  siteId: 'net-1',
  arrivedAt: AT,
  readings: readings.map(([t, v]) => ({ pointId: 'p1', t, v, q: 'good' })),
  rejected: 0,
  quarantined: 0,
  ...change,
});
const letter = (id: string): DeadLetter => ({
  id,
  deviceId: 'dev-1',
  receivedAt: AT,
  code: 'unknown_metric',
  reason: 'x',
  payload: '{}',
  topic: 'anlan/v1/devices/dev-1/telemetry',
});
const append = (log: Log, records: readonly ReadingsRecord[]): Promise<unknown> =>
  log.append(records.map((value) => ({ topic: TOPICS.readings, key: value.siteId, value: JSON.stringify(value) })));

/** Good, late, repeated, conflicting and refused readings, a retry, control records and garbage. */
async function story({ log }: World): Promise<void> {
  await log.appendToAll({ topic: TOPICS.readings, key: 'up', value: JSON.stringify({ kind: 'up', at: AT }) });
  await append(log, [
    record(
      [
        [AT, 1],
        [AT + 1, 2],
      ],
      { seq: 1 },
    ),
    record([[AT, 1]]),
    record(
      [
        [AT, 9],
        [AT + 2, 3],
      ],
      { seq: 4, rejected: 1 },
    ),
    record([], { rejected: 1, quarantined: 1 }),
  ]);
  await log.append([
    { topic: TOPICS.rejected, key: 'dev-1', value: JSON.stringify(letter('l1')) },
    { topic: TOPICS.rejected, key: 'dev-1', value: JSON.stringify(letter('l2')) },
    { topic: TOPICS.rejected, key: 'dev-1', value: 'garbage' },
  ]);
  await log.append([
    { topic: TOPICS.readings, key: 'net-1', value: 'garbage' },
    { topic: TOPICS.readings, key: 'net-1', value: '{"kind":"other"}' },
  ]);
}
async function retries({ log }: World): Promise<void> {
  const retryOf = { deadLetterId: 'l1-0-0', was: 'rejected', count: 1, countedAt: AT } as const;
  await append(log, [
    record([[AT + 3, 4]], { arrivedAt: AT + 2 * HOUR, retryOf }),
    record([[AT + 3, 4]], { arrivedAt: AT + 2 * HOUR, retryOf }),
  ]);
}

type Outcome = Readonly<{ samples: readonly Sample[]; ledger: readonly LedgerItem[]; letters: readonly string[]; committed: number }>;
async function outcomeOf({ series, ledger, deadLetters, log }: World): Promise<Outcome> {
  return {
    samples: await series.read('p1', ALL, 1000),
    ledger: await ledger.items(0, AT + 10 * HOUR),
    letters: [...deadLetters.rows.values()].map(({ code }) => code).sort(),
    committed: await log.committed('recorder', TOPICS.readings, 0),
  };
}

async function run(it: World, ports: Partial<RecorderDeps> = {}, ms = 60_000): Promise<void> {
  const flow = recorderFlow({ ...it, ...ports });
  await flow.start();
  await it.clock.advance(ms);
  const drained = flow.drain();
  await it.clock.advance(10);
  await drained;
}

const balanced = ({ received, stored, rejected, duplicate, quarantined }: LedgerItem): boolean =>
  received === stored + rejected + duplicate + quarantined;

const EXPECTED: Outcome = {
  samples: [
    { t: AT, v: 1, q: 'good' },
    { t: AT + 1, v: 2, q: 'good' },
    { t: AT + 2, v: 3, q: 'good' },
    { t: AT + 3, v: 4, q: 'good' },
  ],
  // The second try of the same letter counts as what it is: one received, one duplicate.
  ledger: [
    { deviceId: 'dev-1', received: 9, stored: 4, rejected: 1, duplicate: 2, quarantined: 2, inFlight: 0, gaps: [{ fromSeq: 2, toSeq: 3 }] },
  ],
  letters: ['conflict', 'unknown_metric', 'unknown_metric'],
  committed: 9,
};

async function whole(it: World, ports: Partial<RecorderDeps> = {}): Promise<Outcome> {
  await story(it);
  await run(it, ports);
  await retries(it);
  await run(it, ports);
  return outcomeOf(it);
}

describe('R-04 to R-06: what the recorder leaves behind', () => {
  test('series, ledger, letters and position', async () => {
    const outcome = await whole(world());
    expect(outcome).toEqual(EXPECTED);
    expect(outcome.ledger.every(balanced)).toBe(true);
  });

  test('R-04: what the store will never take is rejected, with a letter of its own however often it is tried, and holds up nothing', async () => {
    const it = world();
    let turns = 0;
    const series: RecorderDeps['series'] = {
      ...it.series,
      async write(rows) {
        const outcomes = await it.series.write(rows.filter(({ reading }) => reading.v !== 2));
        const left = [...outcomes];
        turns += 1;
        if (turns === 1) throw new Error('the answer was lost');
        return rows.map(({ reading }) => (reading.v === 2 ? 'refused' : (left.shift() ?? 'refused')));
      },
    };
    await append(it.log, [
      record([
        [AT, 1],
        [AT + 1, 2],
        [AT + 2, 3],
      ]),
    ]);
    await run(it, { series });
    const outcome = await outcomeOf(it);
    expect(outcome.samples.map(({ v }) => v)).toEqual([1, 3]);
    expect(outcome.letters).toEqual(['store_refused']);
    expect(outcome.ledger).toMatchObject([{ received: 3, stored: 2, rejected: 1, duplicate: 0, quarantined: 0 }]);
  });

  test('values of derived points are stored and told, repeats too, and the ledger does not count them', async () => {
    const it = world();
    const computed: DerivedRecord = {
      kind: 'derived',
      siteId: 'net-1',
      arrivedAt: AT,
      cause: { partition: 0, offset: 0 },
      readings: [{ pointId: 'p1', t: AT, v: 7, q: 'uncertain' }],
    };
    await append(it.log, [record([[AT + 1, 2]])]);
    for (let i = 0; i < 2; i += 1) await it.log.append([{ topic: TOPICS.readings, key: 'net-1', value: JSON.stringify(computed) }]);
    await run(it);
    expect(await outcomeOf(it)).toMatchObject({
      samples: [
        { t: AT, v: 7, q: 'uncertain' },
        { t: AT + 1, v: 2, q: 'good' },
      ],
      ledger: [{ deviceId: 'dev-1', received: 1, stored: 1, duplicate: 0 }],
      letters: [],
      committed: 3,
    });
    expect(it.told.flatMap((one) => (one.kind === 'readings' ? one.readings : []))).toContainEqual({
      pointId: 'p1',
      t: AT + 1,
      v: 2,
      q: 'good',
    });
  });

  test('R-05: a retry takes the letter’s count back in the hour where it stood', async () => {
    const it = world();
    await story(it);
    await run(it);
    const before = await it.ledger.items(AT - HOUR, AT + HOUR);
    await retries(it);
    await run(it);
    const after = await it.ledger.items(AT - HOUR, AT + HOUR);
    expect([before[0]?.rejected, before[0]?.stored, before[0]?.received]).toEqual([2, 3, 8]);
    expect([after[0]?.rejected, after[0]?.stored, after[0]?.received]).toEqual([1, 4, 8]);
    expect(it.deadLetters.rows.get('l1-0-0')).toMatchObject({ retriedAt: AT + 2 * HOUR, retryOutcome: 'accepted, log 0:7' });
  });

  test('R-06: a port that fails once, at every call in turn, before or after its effect, changes nothing in the end', async () => {
    let calls = Infinity;
    for (let n = 0; n < calls; n += 1) {
      for (const when of ['before', 'after'] as const) {
        const it = world();
        const seen = { count: 0 };
        const faulty = failing(it, n, when, seen);
        const outcome = await whole(it, faulty);
        expect({ n, when, ...outcome }).toEqual({ n, when, ...EXPECTED });
        calls = seen.count;
      }
    }
    expect(calls).toBeGreaterThan(10);
  });

  test('R-06: killed at every call in turn and started anew, nothing changes in the end', async () => {
    for (let n = 0; n < 20; n += 1) {
      const it = world();
      await story(it);
      const seen = { count: 0 };
      // The dead process's calls never return; a new one starts over the same stores.
      const dead = recorderFlow({ ...it, ...failing(it, n, 'hang', seen) });
      await dead.start();
      await it.clock.advance(1_000);
      await run(it);
      await retries(it);
      await run(it);
      expect({ n, ...(await outcomeOf(it)) }).toEqual({ n, ...EXPECTED });
    }
  });
});

/** Ports of which call number `n` (over all of them) fails. */
function failing(it: World, n: number, when: 'before' | 'after' | 'hang', seen: { count: number }): Partial<RecorderDeps> {
  const wrap =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) =>
    async (...args) => {
      const mine = seen.count;
      seen.count += 1;
      if (when === 'hang' && mine >= n) return new Promise<never>(() => undefined);
      if (mine === n && when === 'before') throw new Error(`call ${n} fails before its effect`);
      const result = await call(...args);
      if (mine === n && when === 'after') throw new Error(`call ${n} fails after its effect`);
      return result;
    };
  const { log, series, ledger, deadLetters } = it;
  return {
    log: { ...log, append: wrap(log.append), commit: wrap(log.commit) },
    series: { ...series, write: wrap(series.write) },
    ledger: { ...ledger, apply: wrap(ledger.apply) },
    deadLetters: { ...deadLetters, put: wrap(deadLetters.put), markRetried: wrap(deadLetters.markRetried) },
  };
}

describe('running', () => {
  test('batches stay within the bound and everything arrives, on every partition', async () => {
    const it = world(4);
    const sizes: number[] = [];
    await append(
      it.log,
      Array.from({ length: 600 }, (_, n) =>
        record(
          Array.from({ length: 20 }, (_each, i) => [AT + n * 20 + i, i] as const),
          { siteId: `site-${n % 7}` },
        ),
      ),
    );
    await run(it, {
      series: {
        ...it.series,
        write: (rows) => {
          sizes.push(rows.length);
          return it.series.write(rows);
        },
      },
    });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4_000);
    expect(await it.ledger.items(0, AT + HOUR)).toMatchObject([{ received: 12_000, stored: 12_000 }]);
  });

  test('a pace for all together: every partition writes at the same moment', async () => {
    const it = world(4);
    const written: number[] = [];
    const series = {
      ...it.series,
      write: (rows: Parameters<typeof it.series.write>[0]) => (written.push(it.clock.mono()), it.series.write(rows)),
    };
    const flow = recorderFlow({ ...it, series, pace: { everyMs: 500, together: true } });
    await flow.start();
    await it.clock.advance(10);
    for (let n = 0; n < 40; n += 1) {
      await append(it.log, [record([[AT + n, n]], { siteId: `net-${n}` })]);
      await it.clock.advance(10);
    }
    // The first ones at once, for nothing had come before.
    expect(written).toHaveLength(4);
    expect(Math.max(...written)).toBeLessThan(400);
    await it.clock.advance(100);
    expect(written.slice(4)).toEqual([500, 500, 500, 500]);
    await flow.drain();
  });

  test('live watchers hear the newest stored reading of each point, and no repeats', async () => {
    const it = world();
    await append(it.log, [
      record([
        [AT, 1],
        [AT + 5, 2],
        [AT + 3, 3],
      ]),
      record([[AT, 1]]),
    ]);
    await run(it);
    expect(it.told).toEqual([{ kind: 'readings', readings: [{ pointId: 'p1', t: AT + 5, v: 2, q: 'good' }] }]);
  });

  test('health tells of a sink that is away, and of its return', async () => {
    const it = world();
    let away = true;
    const flow = recorderFlow({
      ...it,
      series: {
        ...it.series,
        write: async (rows) => {
          if (away) throw new Error('series away');
          return it.series.write(rows);
        },
      },
    });
    await append(it.log, [record([[AT, 1]])]);
    await flow.start();
    await it.clock.advance(5_000);
    expect(flow.health()).toMatchObject({ ok: false, lag: 1 });
    away = false;
    await it.clock.advance(10_000);
    expect(flow.health()).toEqual({ ok: true, lag: 0, detail: '' });
    const drained = flow.drain();
    await it.clock.advance(10);
    await drained;
  });

  test('retention: old data go every hour, "for ever" keeps them', async () => {
    for (const readingsMs of [HOUR, null]) {
      const it = world();
      await append(it.log, [
        record([
          [AT - 2 * HOUR, 1],
          [AT, 2],
        ]),
      ]);
      await run(it, { retention: { ...RETENTION, readingsMs, logMs: { [TOPICS.readings]: HOUR / 2 } } }, HOUR + 60_000);
      expect(await it.series.read('p1', ALL, 10)).toHaveLength(readingsMs === null ? 2 : 1);
      expect((await it.log.bounds(TOPICS.readings, 0)).first).toBe(1);
    }
  });
});
