import { memoryCheckpoints, memoryFanout, memoryLog, virtualClock } from '@anlan/adapter-memory';
import { TOPICS, type Activation, type ReadingsRecord, type ThresholdRule } from '@anlan/contracts';
import { idsOf, placeFrom, silentLogger, silentMeter, type Span, type Tracer } from '@anlan/observability';
import type { Channel, Flow, Links, Log, Message } from '@anlan/ports';
import { ADMINISTRATOR, memoryAlarms, smallCity, testDigest } from '@anlan/testing';
import { alarmFlow, notifierFlow, rulesFlow } from './index.js';

const T = 1_750_000_000_000;
const POINT = 'dev-1.ch4';
const rule = (id: string, more: Partial<ThresholdRule['levels'][number]> = {}): ThresholdRule => ({
  id,
  version: 1,
  kind: 'threshold',
  enabled: true,
  scope: { pointIds: [POINT] },
  side: 'high',
  quality: 'pause',
  levels: [{ level: 'red', at: 4, deadband: 0, onDelayMs: 0, offDelayMs: 0, onCount: 1, offCount: 1, latching: false, ...more }],
});
const activation = (rules: readonly ThresholdRule[]): Activation => ({
  version: 1,
  rules,
  removedRuleIds: [],
  points: [
    { pointId: POINT, deviceId: 'dev-1', siteId: 's', metric: 'ch4', unit: '%VOL', intervalMs: 60_000, reorderMs: 0, liveHorizonMs: null },
  ],
  removedPointIds: [],
});
const links: Links = { issue: async () => null as never, find: async () => undefined, use: async (_id, _now, result) => result };

/** The log of an embedded platform, which keeps no places. */
const forgetful = (log: Log): Log => ({ ...log, append: (records) => log.append(records.map(({ trace: _, ...record }) => record)) });

type World = Readonly<{
  log: Log;
  told: Span[];
  sent: Message[];
  flows(): readonly Flow[];
  send(v: number, trace?: string): Promise<void>;
  pass(ms: number): Promise<void>;
}>;

function world(rules: readonly ThresholdRule[], keep: (log: Log) => Log = (log) => log): World {
  const clock = virtualClock(T);
  const log = keep(memoryLog({ clock }));
  const records = memoryAlarms(testDigest);
  const fanout = memoryFanout({ onError: () => undefined });
  const [told, sent]: [Span[], Message[]] = [[], []];
  const tracer: Tracer = { on: true, begin: () => undefined, tell: (span) => void told.push(span) };
  const city = smallCity([{ id: 'r', levels: ['red'], personIds: ['p2'], channels: ['webhook'] }]);
  const registry = { current: () => city, onChange: () => () => undefined };
  const webhook: Channel = { name: 'webhook', send: async (message) => (sent.push(message), { kind: 'sent', receipt: 'HTTP 200' }) };
  const common = { clock, meter: silentMeter, logger: silentLogger, tracer };
  const pass: World['pass'] = async (ms) => {
    for (let left = ms; left > 0; left -= 250) {
      await clock.advance(250);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    log,
    told,
    sent,
    pass,
    flows: () => [
      rulesFlow({
        ...common,
        log,
        // Forgets what it saved, so that a second one judges the whole log again.
        checkpoints: memoryCheckpoints(),
        activations: { activations: async (after) => (after < 1 ? [activation(rules)] : []) },
        digest: testDigest,
      }),
      alarmFlow({
        ...common,
        log,
        store: records.alarms,
        registry,
        administrators: async () => [ADMINISTRATOR],
        fanout,
        digest: testDigest,
      }),
      notifierFlow({ ...common, store: records.notifications, channels: [webhook], registry, links, fanout }),
    ],
    async send(v, trace) {
      const value: ReadingsRecord = {
        kind: 'readings',
        deviceId: 'dev-1',
        siteId: 's',
        arrivedAt: clock.now() - 3,
        readings: [{ pointId: POINT, t: clock.now(), v, q: 'good' }],
        rejected: 0,
        quarantined: 0,
      };
      await log.append([{ topic: TOPICS.readings, key: 's', value: JSON.stringify(value), ...(trace !== undefined && { trace }) }]);
      await pass(1_000);
    },
  };
}

async function begin(w: World): Promise<readonly Flow[]> {
  const flows = w.flows();
  await w.log.append([{ topic: TOPICS.readings, key: 'activation', value: JSON.stringify({ kind: 'activation', version: 1, at: T }) }]);
  for (const flow of flows) await flow.start();
  await w.pass(500);
  return flows;
}
const end = (flows: readonly Flow[]) => Promise.all(flows.map((flow) => flow.drain()));
/** What was told under one rule and its notifications: app, and whose child it is by name. */
const chain = (told: readonly Span[]): readonly string[] => {
  const names = new Map(told.map((span) => [idsOf(span.at).spanId, span.name]));
  return told.map(({ app, name, parent }) => `${app}: ${name} < ${parent === undefined ? '-' : (names.get(idsOf(parent).spanId) ?? '?')}`);
};
const STORY = [
  'ingest: take message < -',
  'rules: judge reading < take message',
  'alarm: apply verdict < judge reading',
  'notifier: send by webhook < apply verdict',
];

test.each([
  ['that keeps places', (log: Log) => log, placeFrom('from ingest')],
  ['that keeps none', forgetful, undefined],
])('one trace leads from the message to the webhook, over a log %s', async (_, keep, trace) => {
  const w = world([rule('r-1')], keep);
  const flows = await begin(w);
  await w.send(1, trace === undefined ? undefined : placeFrom('a message that matters to nobody'));
  expect(w.told).toEqual([]);
  await w.send(5, trace);
  expect(chain(w.told)).toEqual(STORY);
  expect(new Set(w.told.map(({ at }) => idsOf(at).traceId)).size).toBe(1);
  if (trace !== undefined) expect(idsOf(w.told[0]?.at ?? '')).toEqual(idsOf(trace));
  expect(w.sent.map((message) => message.trace)).toEqual([w.told.at(-1)?.at]);
  const [taken, judged] = w.told;
  expect([taken?.from, taken?.to]).toEqual([(judged?.from ?? 0) - 3, judged?.from]);
  expect(judged?.facts).toMatchObject({ 'anlan.point': POINT, 'anlan.rule': 'r-1', 'anlan.level': 'red', 'anlan.offset': 2 });
  await end(flows);
});

test('R-08: what is judged and applied again after a crash is told of as the same spans', async () => {
  const w = world([rule('r-1')]);
  const flows = await begin(w);
  await w.send(5, placeFrom('from ingest'));
  await end(flows);
  const first = w.told.splice(0);
  const again = w.flows();
  for (const flow of again) await flow.start();
  await w.pass(2_000);
  expect(w.told.length).toBeGreaterThanOrEqual(2);
  for (const span of w.told) expect(first.map(({ at }) => at)).toContain(span.at);
  expect(w.sent).toHaveLength(1);
  await end(again);
});

test('a message that was chosen at its arrival is told of by ingest, so rules tell only of their own work', async () => {
  const w = world([rule('r-1')]);
  const flows = await begin(w);
  const chosen = placeFrom('chosen').replace(/00$/, '01');
  await w.send(1, chosen);
  expect(chain(w.told)).toEqual(['rules: judge reading < ?']);
  await w.send(5, chosen);
  expect(chain(w.told).slice(1)).toEqual(['rules: judge reading < ?', ...STORY.slice(2)]);
  await end(flows);
});

test('what time raises begins a trace of its own: the message that moved time did not raise it', async () => {
  const w = world([rule('r-1', { onDelayMs: 5_000 })]);
  const flows = await begin(w);
  await w.send(5, placeFrom('pending'));
  const pending = w.told.splice(0);
  await w.pass(10_000);
  await w.log.append([
    { topic: TOPICS.readings, key: 'tick', value: JSON.stringify({ kind: 'tick', at: T + 20_000 }), trace: placeFrom('x') },
  ]);
  await w.pass(1_000);
  const raised = w.told.filter(({ facts }) => facts['anlan.process'] !== 'pending');
  expect(chain(raised)).toEqual(['rules: judge reading < -', ...STORY.slice(2)]);
  const ids = new Set([...pending, ...raised].map(({ at }) => idsOf(at).traceId));
  expect(ids.size).toBe(2);
  expect(ids).not.toContain(idsOf(placeFrom('x')).traceId);
  await end(flows);
});
