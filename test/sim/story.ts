import { memoryCheckpoints, memoryLedger, memoryLog, memorySeries } from '@anlan/adapter-memory';
import {
  type Activation,
  type ActivationRecord,
  type LocalToUtc,
  type ReadingsLogValue,
  type RegistrySnapshot,
  TOPICS,
  type Verdict,
  keyText,
} from '@anlan/contracts';
import { type AlarmFlow, INGEST_LIMITS, alarmFlow, ingestFlow, notifierFlow, recorderFlow, rulesFlow } from '@anlan/flows';
import {
  type ActivationSource,
  type AlarmStore,
  type Channel,
  type Checkpoint,
  type Credentials,
  type DeadLetterStore,
  type DeviceStatusStore,
  type Feed,
  type Links,
  type Log,
  LogUnavailable,
  type RegistrySource,
  type SendOutcome,
  SeriesUnavailable,
  type StoredDeadLetter,
} from '@anlan/ports';
import { type MemoryAlarms, memoryAlarms } from '@anlan/testing';
import { engineEventsOf } from '../check/engine-events.js';
import type { AlarmSeen, Evidence } from '../check/evidence.js';
import { firstActivation, laterActivation, simulatedDevices, simulatedRegistry } from './city.js';
import { type Host, type Incarnation, drawWeather, hostOf } from './host.js';
import type { Mutant } from './mutants.js';
import { type Past, calmPass, common, fanout, sha256, withExpected } from './oracle.js';
import type { Parts } from './parts.js';
import { rngOf, type Rng } from './rng.js';
import { type Scheduler, clockOf, schedulerOf } from './scheduler.js';
import { type DeviceJournal, type Line, runDevices } from './workload.js';

export const START = 1_800_000_000_000;
const STORM_MS = 40_000;
const REST_MS = 100_000;
const MAX_EVENTS = 400_000;
const REORDER_MS = Number(process.env['SIM_REORDER_MS'] ?? 0);

const utc: LocalToUtc = (localMs) => localMs - 8 * 3_600_000;

export type Outcome = Readonly<{ evidence: Evidence; sometimes: ReadonlyMap<string, number>; events: number; name: string }>;
type Call = Readonly<{ id: string; key: string; again: boolean }>;

function deadLetterStore(): DeadLetterStore & Readonly<{ all(): readonly StoredDeadLetter[] }> {
  const rows = new Map<string, StoredDeadLetter>();
  return {
    all: () => [...rows.values()],
    put: async (letters) => {
      for (const letter of letters) if (!rows.has(letter.id)) rows.set(letter.id, { ...letter, retriedAt: null, retryOutcome: null });
    },
    page: async () => ({ items: [...rows.values()], nextCursor: null }),
    get: async (id) => rows.get(id),
    markRetried: async () => false,
    expire: async () => 0,
  };
}

const fixedRegistry = (snapshot: RegistrySnapshot): RegistrySource => ({ current: () => snapshot, onChange: () => () => undefined });
const links: Links = {
  issue: async ({ alarmId, personId }) => `http://127.0.0.1/a/${alarmId}-${personId}`,
  find: async () => undefined,
  use: async (_id, _now, result) => result,
};
const credentials: Credentials = { verify: async () => 'accepted' };
const deviceStatus: DeviceStatusStore = { save: async () => undefined, lapse: async () => 0, all: async () => [] };

/** The phones of all people: what arrived, and whether its success had been recorded before. */
function phoneOf(name: 'outbox' | 'webhook', { calls, recorded, moody }: Pick<World, 'calls' | 'recorded' | 'moody'>, rng: Rng): Channel {
  return {
    name,
    async send({ notification, merged }): Promise<SendOutcome> {
      const mood = moody() ? rng.next() : 1;
      if (mood < 0.05) return { kind: 'unavailable', why: 'busy' };
      for (const row of [notification, ...merged])
        calls.push({ id: row.id, key: `${row.eventId}|${row.personId}|${row.channel}|${row.step}`, again: recorded(row.id) });
      return mood < 0.1 ? { kind: 'unknown', why: 'no answer' } : { kind: 'sent', receipt: 'ok' };
    },
  };
}

/** One seed: a storm of faults over a whole platform, then quiet, then what is left behind. */
export async function runStory(seed: number, mutant?: Mutant): Promise<Outcome> {
  const rng = rngOf(`seed ${seed}`);
  const scheduler = schedulerOf(rng.fork('schedule'), START, MAX_EVENTS);
  const host = hostOf(scheduler, rng.fork('faults'), drawWeather(rng.fork('weather')));
  const worldClock = clockOf(scheduler, () => true);
  const memory = memoryAlarms(sha256);
  const log = memoryLog({ clock: worldClock });
  const parts: Parts = {
    log,
    rulesLog: log,
    series: memorySeries(),
    ledger: memoryLedger(),
    checkpoints: memoryCheckpoints(),
    alarms: memory.alarms,
    notifications: memory.notifications,
    digest: sha256,
    ingestClock: (clock) => clock,
    line: (line) => line,
    channel: (channel) => channel,
  };
  // Success once recorded stays known, whatever the platform does to its row later.
  const successes = new Set<string>();
  const { settle } = parts.notifications;
  parts.notifications = {
    ...parts.notifications,
    settle: async (id, merged, record) => {
      await settle(id, merged, record);
      if (record.state === 'sent') for (const each of [id, ...merged]) successes.add(each);
    },
  };
  mutant?.plant(parts, scheduler);
  const takenUp: Checkpoint[] = [];
  const { open } = parts.checkpoints;
  parts.checkpoints = {
    ...parts.checkpoints,
    open: async (...args) => {
      const checkpoint = await open(...args);
      takenUp.push(checkpoint);
      return checkpoint;
    },
  };

  const cityRng = rng.fork('city');
  const deviceIds = simulatedDevices(cityRng);
  // Without a reorder window: with one, the red bypass can repeat an event (decision 0009, open).
  const registry = simulatedRegistry(deviceIds, REORDER_MS);
  const activations: Activation[] = [firstActivation(registry, cityRng)];
  const activationSource: ActivationSource = {
    activations: async (after, upTo) => activations.filter(({ version }) => version > after && version <= upTo),
  };
  const activate = async (activation: Activation): Promise<void> => {
    if (!activations.includes(activation)) activations.push(activation);
    const record: ActivationRecord = { kind: 'activation', version: activation.version, at: scheduler.now() };
    await log.appendToAll({ topic: TOPICS.readings, key: 'control', value: JSON.stringify(record) });
  };
  await activate(activations[0]!);

  const letters = deadLetterStore();
  const calls: Call[] = [];
  let storming = true;
  const recorded = (id: string): boolean => successes.has(id);
  const line: Line = { handler: undefined, alive: () => false };
  const people: { flow: AlarmFlow | undefined; life: Incarnation | undefined } = { flow: undefined, life: undefined };
  const world = {
    parts,
    registry: fixedRegistry(registry),
    activationSource,
    letters,
    line,
    people,
    calls,
    recorded,
    rng,
    moody: () => storming,
  };
  const processes = spawnAll(host, world);

  const journal = runDevices(deviceIds, parts.line(line), { scheduler, rng: rng.fork('devices'), until: START + STORM_MS });
  const later = rng.fork('rules');
  if (later.chance(0.6)) scheduler.after(later.int(5_000, STORM_MS), () => void activate(laterActivation(activations[0]!, 2, later)));
  for (let i = 0; i < 6; i++) scheduler.after(later.int(3_000, STORM_MS), () => void acknowledgeSomething(world, memory, later));
  for (let i = later.int(0, 4); i > 0; i--) scheduler.after(later.int(1_000, STORM_MS), () => later.pick(processes).kill());

  await scheduler.runTo(START + STORM_MS);
  storming = false;
  host.calm();
  await scheduler.runTo(START + STORM_MS + REST_MS);

  const evidence = await gather({
    log,
    parts,
    memory,
    letters,
    journal,
    calls,
    takenUp,
    activationSource,
    registry: world.registry,
    scheduler,
  });
  const name = sha256(
    JSON.stringify([evidence.verdicts?.map(({ id }) => id), evidence.notifications, [...(evidence.acked ?? [])], calls]),
  ).slice(0, 16);
  return { evidence, sometimes: tally(host, evidence, journal), events: scheduler.events(), name };
}

type World = Readonly<{
  parts: Parts;
  registry: RegistrySource;
  activationSource: ActivationSource;
  letters: DeadLetterStore;
  line: Line;
  people: { flow: AlarmFlow | undefined; life: Incarnation | undefined };
  calls: Call[];
  recorded: (id: string) => boolean;
  rng: Rng;
  moody: () => boolean;
}>;

const PLAIN_LOG = ['partitions', 'partitionOf', 'until'];
const logError = (): Error => new LogUnavailable('simulated');
function spawnAll(host: Host, world: World): readonly ReturnType<Host['spawn']>[] {
  const { parts, registry, activationSource, letters } = world;
  const logOf = (life: Incarnation, log: Log = parts.log): Log => life.wrap('log', log, { plain: PLAIN_LOG, error: logError });
  const records = (life: Incarnation): AlarmStore => life.wrap('records', parts.alarms);
  return [
    host.spawn('ingest', (life) => {
      const feed: Feed = {
        start: async (handler) => {
          world.line.handler = handler;
          world.line.alive = life.alive;
          return { address: 'sim', port: 1 };
        },
        disconnect: () => undefined,
        stop: async () => undefined,
      };
      return ingestFlow({
        ...common,
        feed,
        log: logOf(life),
        credentials,
        registry,
        deviceStatus,
        fanout,
        clock: parts.ingestClock(life.clock),
        digest: parts.digest,
        zones: () => utc,
        limits: INGEST_LIMITS,
      });
    }),
    host.spawn('rules', (life) =>
      rulesFlow({
        ...common,
        log: logOf(life, parts.rulesLog),
        checkpoints: life.wrap('checkpoints', parts.checkpoints),
        activations: life.wrap('activations', activationSource),
        clock: life.clock,
        digest: parts.digest,
      }),
    ),
    host.spawn('recorder', (life) =>
      recorderFlow({
        ...common,
        log: logOf(life),
        series: life.wrap('series', parts.series, { error: () => new SeriesUnavailable('simulated') }),
        ledger: life.wrap('ledger', parts.ledger),
        deadLetters: life.wrap('dead letters', letters),
        fanout,
        clock: life.clock,
        digest: parts.digest,
        retention: { readingsMs: null, deadLettersMs: null, ledgerMs: null, logMs: {} },
      }),
    ),
    host.spawn('alarm', (life) => {
      const flow = alarmFlow({
        ...common,
        log: logOf(life),
        store: records(life),
        registry,
        fanout,
        clock: life.clock,
        digest: parts.digest,
        administrators: async () => [],
      });
      world.people.flow = flow;
      world.people.life = life;
      return flow;
    }),
    host.spawn('notifier', (life) =>
      notifierFlow({
        ...common,
        store: life.wrap('outbox', parts.notifications),
        channels: (['outbox', 'webhook'] as const).map((name) =>
          life.wrap(name, parts.channel(phoneOf(name, world, world.rng.fork(`${name} ${life.number}`)))),
        ),
        registry,
        links,
        fanout,
        clock: life.clock,
      }),
    ),
  ];
}

async function acknowledgeSomething({ people }: World, memory: MemoryAlarms, rng: Rng): Promise<void> {
  const open = memory.allAlarms().filter((alarm) => alarm.ack === 'unacked' && !alarm.retrospective);
  if (open.length === 0 || !people.flow || !people.life?.alive()) return;
  await people.flow
    .command(rng.pick(open).id, { type: 'acknowledge', idempotencyKey: `k${rng.int(0, 1e9)}` }, { kind: 'user', id: 'u1', name: '值班' })
    .catch(() => undefined);
}

type Left = Readonly<{
  log: Log;
  parts: Parts;
  memory: MemoryAlarms;
  letters: Readonly<{ all(): readonly StoredDeadLetter[] }>;
  journal: DeviceJournal;
  calls: readonly Call[];
  takenUp: readonly Checkpoint[];
  activationSource: ActivationSource;
  registry: RegistrySource;
  scheduler: Scheduler;
}>;

async function gather({
  log,
  parts,
  memory,
  letters,
  journal,
  calls,
  takenUp,
  activationSource,
  registry,
  scheduler,
}: Left): Promise<Evidence> {
  const records = (await log.read(TOPICS.readings, 0, 0, 1_000_000)).map((record) => ({
    ...record,
    record: JSON.parse(record.value) as ReadingsLogValue,
  }));
  const readings = records.flatMap(({ record, ...place }) => (record.kind === 'readings' ? [{ ...place, record }] : []));
  const points = [...registry.current().points.keys()];
  const series = new Map(
    await Promise.all(
      points.map(
        async (pointId) => [pointId, await parts.series.read(pointId, { from: 0, to: Number.MAX_SAFE_INTEGER }, 100_000)] as const,
      ),
    ),
  );
  const verdicts = (await log.read(TOPICS.verdicts, 0, 0, 1_000_000)).map((record) => JSON.parse(record.value) as Verdict);
  const past: Past = { log, activationSource, registry, end: scheduler.now() };
  const calm = await calmPass(past);
  const alarms: readonly AlarmSeen[] = memory.allAlarms().map((alarm) => {
    const events = memory.eventsOf(alarm.id);
    return { alarm: { ...alarm, keyText: keyText(alarm.key) }, events, engineEvents: engineEventsOf(alarm.key, events) };
  });
  return {
    sent: journal.sent,
    acked: journal.acked,
    log: readings,
    series,
    ledger: await parts.ledger.items(0, Number.MAX_SAFE_INTEGER),
    deadLetters: letters.all(),
    ...(journal.open() === 0 && { trueGaps: journal.skipped }),
    verdicts,
    expectedVerdicts: calm.verdicts,
    takenUp: await withExpected(past, takenUp),
    alarms,
    expectedEvents: calm.events,
    // A reminder that fell due in the last moments may still wait: the world stops, not the platform.
    notifications: memory.allNotifications().filter((row) => row.state !== 'due' || row.createdAt < scheduler.now() - 5_000),
    phone: calls,
  };
}

/** What must happen now and then over a batch of seeds, or the storm is too mild to prove anything. */
function tally(host: Host, evidence: Evidence, journal: DeviceJournal): ReadonlyMap<string, number> {
  const verdicts = evidence.verdicts ?? [];
  const count = (name: string, n: number): readonly [string, number] => [name, n];
  return new Map([
    ...host.sometimes,
    count('message resent', journal.resends()),
    count('verdict repeated and absorbed', verdicts.length - new Set(verdicts.map(({ id }) => id)).size),
    count('red alarm', (evidence.alarms ?? []).filter(({ alarm }) => alarm.peakLevel === 'red').length),
    count('retrospective record', (evidence.alarms ?? []).filter(({ alarm }) => alarm.retrospective).length),
    count('alarm acknowledged', (evidence.alarms ?? []).filter(({ events }) => events.some(({ type }) => type === 'acknowledged')).length),
    count(
      'rise after an acknowledgement',
      (evidence.alarms ?? []).filter(({ events }) => {
        const i = events.findIndex(({ type }) => type === 'acknowledged');
        return i >= 0 && events.slice(i).some(({ type }) => type === 'level_rose');
      }).length,
    ),
    count('data gone stale', verdicts.filter(({ key }) => key.kind === 'stale').length),
    count('dead letter', evidence.deadLetters?.length ?? 0),
    count(
      'duplicate reading',
      (evidence.ledger ?? []).reduce((sum, item) => sum + item.duplicate, 0),
    ),
    count('notification merged', (evidence.notifications ?? []).filter(({ state }) => state === 'merged').length),
    count(
      'notification cancelled by an acknowledgement',
      (evidence.notifications ?? []).filter(({ state }) => state === 'cancelled').length,
    ),
    count(
      'same id sent again after an unknown outcome',
      (evidence.phone ?? []).length - new Set((evidence.phone ?? []).map(({ id }) => id)).size,
    ),
    count('rule changed', verdicts.filter(({ trigger }) => trigger === 'rule_changed' || trigger === 'rule_removed').length),
  ]);
}
