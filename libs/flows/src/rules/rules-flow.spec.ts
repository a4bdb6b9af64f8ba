import { memoryCheckpoints, memoryLog, virtualClock, type VirtualClock } from '@anlan/adapter-memory';
import { TOPICS, type Activation, type PointSpec, type ReadingsLogValue, type ThresholdRule, type Verdict } from '@anlan/contracts';
import { silentLogger, silentMeter } from '@anlan/observability';
import { LogUnavailable, type Checkpoints, type Flow, type Log } from '@anlan/ports';
import { rulesFlow } from './rules-flow.js';

const T = 1_760_000_000_000;
const S = 1_000;
const pointOf = (pointId: string, siteId: string): PointSpec => ({
  pointId,
  deviceId: 'd',
  siteId,
  metric: 'm',
  unit: 'U',
  intervalMs: 60 * S,
  reorderMs: 0,
  liveHorizonMs: null,
});
const rule: ThresholdRule = {
  id: 'r',
  version: 1,
  kind: 'threshold',
  enabled: true,
  scope: { pointIds: ['p', 'q'] },
  side: 'high',
  quality: 'pause',
  levels: [{ level: 'red', at: 4, deadband: 0, onDelayMs: 15 * S, offDelayMs: 0, onCount: 1, offCount: 1, latching: false }],
};
const first: Activation = {
  version: 1,
  rules: [rule],
  removedRuleIds: [],
  points: [pointOf('p', 's1'), pointOf('q', 's2')],
  removedPointIds: [],
};

type World = Readonly<{
  clock: VirtualClock;
  log: Log;
  checkpoints: Checkpoints;
  put(value: ReadingsLogValue | string, siteId?: string): Promise<void>;
  verdicts(): Promise<readonly Verdict[]>;
  flow(over?: Partial<Parameters<typeof rulesFlow>[0]>): Flow;
}>;

function world(partitions = 1): World {
  const clock = virtualClock(T);
  const log = memoryLog({ clock, partitions });
  const checkpoints = memoryCheckpoints();
  const registry = [first];
  return {
    clock,
    log,
    checkpoints,
    async put(value, siteId = 's1') {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (typeof value !== 'string' && value.kind !== 'readings') await log.appendToAll({ topic: TOPICS.readings, key: '', value: text });
      else await log.append([{ topic: TOPICS.readings, key: siteId, value: text }]);
      await clock.settle();
    },
    async verdicts() {
      const found = await Promise.all(
        Array.from({ length: partitions }, (_, partition) => log.read(TOPICS.verdicts, partition, 0, 10_000)),
      );
      return found.flat().map(({ value }) => JSON.parse(value) as Verdict);
    },
    flow: (over = {}) =>
      rulesFlow({
        log,
        checkpoints,
        activations: { activations: async (after, upTo) => registry.filter(({ version }) => version > after && version <= upTo) },
        clock,
        digest: (text) => text,
        meter: silentMeter,
        logger: silentLogger,
        ...over,
      }),
  };
}

const activation: ReadingsLogValue = { kind: 'activation', version: 1, at: T };
const reading = (seconds: number, v: number, pointId = 'p'): ReadingsLogValue => ({
  kind: 'readings',
  deviceId: 'd',
  siteId: 's',
  arrivedAt: T + seconds * S,
  readings: [{ pointId, t: T + seconds * S, v, q: 'good' }],
  rejected: 0,
  quarantined: 0,
});
const tick = ({ clock }: World): ReadingsLogValue => ({ kind: 'tick', at: clock.now() });
const said = (verdicts: readonly Verdict[]): string[] =>
  verdicts
    .filter(({ key }) => key.kind === 'threshold')
    .map(({ key, process, t, cause }) => `${key.pointId} ${process} ${(t - T) / S} @${cause.offset}`);

/** Alarm condition from 10 s on, completed by a tick, ended at 40 s. */
async function act(w: World, from = 0, to = 7): Promise<void> {
  const script = [
    () => w.put(activation),
    () => w.put(reading(10, 5)),
    () => w.put(reading(20, 5)),
    () => w.put(tick(w)),
    () => w.put('{"kind":"readings"'),
    () => w.put(tick(w)),
    () => w.put(reading(40, 0)),
  ];
  for (const step of script.slice(from, to)) {
    await step();
    await w.clock.advance(10 * S);
  }
}
const story = ['p pending 10 @1', 'p active 25 @3', 'p normal 40 @6'];

describe('rules flow', () => {
  test('judges the log in order and appends verdicts; an unreadable record stops nothing', async () => {
    const w = world();
    const flow = w.flow();
    await flow.start();
    await act(w);
    expect(said(await w.verdicts())).toEqual(story);
    expect(flow.health()).toEqual({ ok: true, lag: 0, detail: '' });
    await flow.drain();
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'R-08, R-09: killed after %i records and started again, the same verdicts come, repeats with the same ids and causes',
    async (stop) => {
      const w = world();
      const killed = w.flow({ clock: { ...w.clock } });
      await killed.start();
      await act(w, 0, stop);
      // No drain: another process takes the partition over, and the first one can no longer save.
      const flow = w.flow();
      await flow.start();
      await act(w, stop);
      await flow.drain();
      const verdicts = await w.verdicts();
      const unique = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
      expect(said([...unique.values()])).toEqual(story);
      for (const verdict of verdicts) expect(verdict).toEqual(unique.get(verdict.id));
      await killed.drain();
    },
  );

  test('R-10 a replaced writer is fenced: it ends and says so', async () => {
    const w = world();
    const old = w.flow();
    await old.start();
    await w.put(activation);
    const young = w.flow();
    await young.start();
    for (let i = 0; i < 5; i += 1) {
      await w.put(tick(w));
      await w.clock.advance(S);
    }
    expect(old.health().ok).toBe(false);
    expect(old.health().detail).toContain('Fenced');
    expect(young.health().ok).toBe(true);
    await old.drain();
    await young.drain();
  });

  test('W1, W2: verdicts that cannot be appended are kept; nothing is judged twice, no checkpoint runs ahead', async () => {
    const w = world();
    let down = false;
    const log: Log = { ...w.log, append: (records) => (down ? Promise.reject(new LogUnavailable('disk full')) : w.log.append(records)) };
    const flow = w.flow({ log });
    await flow.start();
    await w.put(activation);
    down = true;
    await w.put(reading(10, 5));
    await w.clock.advance(3 * S);
    expect(flow.health()).toMatchObject({ ok: false, detail: 'LogUnavailable: disk full' });
    expect((await w.checkpoints.open('peek', 0)).nextOffset).toBe(0);
    down = false;
    await w.clock.advance(6 * S);
    expect(said(await w.verdicts())).toEqual(['p pending 10 @1']);
    expect(flow.health().ok).toBe(true);
    await flow.drain();
  });

  test('W3 a checkpoint that cannot be saved does not stop the judging, and is saved whole later', async () => {
    const w = world();
    let down = true;
    const checkpoints: Checkpoints = {
      ...w.checkpoints,
      save: (...args) => (down ? Promise.reject(new Error('store away')) : w.checkpoints.save(...args)),
    };
    const flow = w.flow({ checkpoints });
    await flow.start();
    await act(w);
    expect(said(await w.verdicts())).toEqual(story);
    expect(flow.health()).toMatchObject({ ok: false, detail: 'Error: store away' });
    down = false;
    await flow.drain();
    const { nextOffset, entries } = await w.checkpoints.open('rules', 0);
    expect(nextOffset).toBe(7);
    expect([...entries.keys()].sort()).toEqual(['p', 'q', '|engine']);
  });

  test('W4: the log is told no place before its checkpoint is saved; without one, and while it is deaf, judging goes on', async () => {
    const w = world();
    let [noStore, deaf] = [true, true];
    const checkpoints: Checkpoints = {
      ...w.checkpoints,
      save: (...args) => (noStore ? Promise.reject(new Error('store away')) : w.checkpoints.save(...args)),
    };
    const waiting: (() => void)[] = [];
    const log: Log = {
      ...w.log,
      async commit(...args) {
        if (deaf) await new Promise<void>((resolve) => waiting.push(resolve));
        return w.log.commit(...args);
      },
    };
    const told = () => w.log.committed('rules', TOPICS.readings, 0);
    const flow = w.flow({ checkpoints, log });
    await flow.start();
    await act(w, 0, 4);
    expect([await told(), waiting.length]).toEqual([0, 0]);
    noStore = false;
    await act(w, 4);
    // One place waits to be told; meanwhile all was judged and saved.
    expect([await told(), waiting.length, said(await w.verdicts())]).toEqual([0, 1, story]);
    expect(flow.health().ok).toBe(true);
    deaf = false;
    waiting[0]?.();
    await flow.drain();
    expect([await told(), (await w.checkpoints.open('rules', 0)).nextOffset]).toEqual([7, 7]);
  });

  test('readings that no engine may see are left out, their neighbours judged', async () => {
    const w = world();
    const flow = w.flow();
    await flow.start();
    await w.put(activation);
    const strange = [
      null,
      { pointId: 'p', t: 'x', v: 5, q: 'good' },
      { pointId: 'p', t: T, v: null, q: 'good' },
      { pointId: 'p', t: T, v: 5, q: 'fine' },
    ];
    await w.put(JSON.stringify({ ...reading(10, 5), readings: [...strange, { pointId: 'p', t: T + 10 * S, v: 5, q: 'good' }] }));
    await w.put(JSON.stringify({ kind: 'activation', version: 'x' }));
    expect(said(await w.verdicts())).toEqual(['p pending 10 @1']);
    await flow.drain();
  });

  test('each partition judges the points of its own sites only', async () => {
    const w = world(4);
    const flow = w.flow();
    await flow.start();
    await w.put(activation);
    await w.put(reading(10, 5, 'p'), 's1');
    await w.put(reading(10, 5, 'q'), 's2');
    await w.clock.advance(300 * S);
    await w.put(tick(w));
    await flow.drain();
    const homes = { p: w.log.partitionOf(TOPICS.readings, 's1'), q: w.log.partitionOf(TOPICS.readings, 's2') };
    const verdicts = await w.verdicts();
    expect(verdicts.filter(({ key }) => key.kind === 'threshold' && key.pointId === 'p').map(({ process }) => process)).toEqual([
      'pending',
      'active',
      'active',
    ]);
    for (const { key, cause } of verdicts) expect(cause.partition).toBe(homes[key.pointId as 'p' | 'q']);
    const stale = verdicts.filter(({ key, process }) => key.kind === 'stale' && process === 'active');
    expect(stale.map(({ key }) => key.pointId).sort()).toEqual(['p', 'q']);
  });

  test('values of derived points go into the log once judged, and nothing comes of reading them again', async () => {
    const w = world();
    const doubled: PointSpec = { ...pointOf('double', 's1'), derived: { value: { op: 'mul', of: [{ op: 'last', point: 'p' }, 2] } } };
    const both = { ...first, points: [...first.points, doubled], rules: [{ ...rule, scope: { pointIds: ['double'] } }] };
    const flow = w.flow({ activations: { activations: async () => [both] } });
    await flow.start();
    await w.put(activation);
    await w.put(reading(10, 3));
    await w.clock.advance(3 * S);
    await w.put(tick(w));
    expect(said(await w.verdicts())).toEqual(['double pending 10 @1']);
    const log = await w.log.read(TOPICS.readings, 0, 0, 100);
    const derived = log.map(({ value }) => JSON.parse(value) as ReadingsLogValue).filter(({ kind }) => kind === 'derived');
    expect(derived).toEqual([
      {
        kind: 'derived',
        siteId: 's1',
        arrivedAt: expect.any(Number),
        cause: { partition: 0, offset: 1 },
        readings: [{ pointId: 'double', t: T + 10 * S, v: 6, q: 'good' }],
      },
    ]);
    expect(flow.health()).toMatchObject({ ok: true, lag: 0 });
    await flow.drain();
  });

  test('a long backlog is caught up in slices that let others run', async () => {
    const w = world();
    await w.put(activation);
    for (let i = 0; i < 3_000; i += 1)
      await w.log.append([{ topic: TOPICS.readings, key: 's1', value: JSON.stringify(reading(10 + i, i % 2 === 0 ? 0 : 1)) }]);
    let mono = 0;
    let slices = 0;
    // Every look at the clock takes a millisecond, as if judging did.
    const flow = w.flow({
      clock: { ...w.clock, mono: () => (mono += 1), after: (ms, run) => ((slices += ms === 0 ? 1 : 0), w.clock.after(ms, run)) },
    });
    await flow.start();
    await w.clock.advance(5 * S);
    await flow.drain();
    expect(slices).toBeGreaterThan(100);
    expect((await w.checkpoints.open('rules', 0)).nextOffset).toBe(3_001);
  });
});
