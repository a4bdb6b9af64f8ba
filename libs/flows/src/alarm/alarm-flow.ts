import type { AlarmCommand, Change, Context } from '@anlan/alarms';
import { ALARM_LEVELS, TOPICS, type Actor, type AlarmTimer, type Digest, type Person } from '@anlan/contracts';
import type { Logger, Meter, Tracer } from '@anlan/observability';
import { pause, type AlarmStore, type Clock, type Fanout, type Flow, type Log, type RegistrySource, type Shares } from '@anlan/ports';
import { heldPartitions } from '../held-partitions.js';
import { type Pump, pump } from '../pump.js';
import { type AlarmTopicDeps, alarmTopic } from './alarm-topic.js';
import { type CommandOutcome, runCommand } from './commands.js';
import { Poison, fire } from './judge.js';
import { type NotificationTopicDeps, notificationTopic } from './notification-topic.js';
import { type VerdictsLoop, verdictsLoop } from './verdicts-loop.js';

export type AlarmFlowDeps = Readonly<{
  log: Log;
  store: AlarmStore;
  registry: RegistrySource;
  /** Who is told when the registry names nobody. */
  administrators(): Promise<readonly Person[]>;
  fanout: Fanout;
  clock: Clock;
  digest: Digest;
  meter: Meter;
  tracer?: Tracer;
  logger: Logger;
  /** Who shares the partitions with other processes; absent: this process has them all. */
  shares?: Shares;
  /** Tells other systems of every change, where the log is one that they can read. */
  topic?: AlarmTopicDeps;
  /** The same of what people are sent. */
  notificationTopic?: NotificationTopicDeps;
}>;

/** One command of a person or of the system on one alarm. */
export type RunCommand = (alarmId: string, command: AlarmCommand, actor: Actor) => Promise<CommandOutcome>;
export type AlarmFlow = Flow & Readonly<{ command: RunCommand }>;

type BenchDeps = Pick<AlarmFlowDeps, 'store' | 'registry' | 'administrators' | 'fanout' | 'clock' | 'digest' | 'meter'>;
type Bench = Readonly<{ context(): Promise<Context>; committed(changes: readonly Change[]): void }>;

/** Asked for with every batch; as old as the registry may be, which is followed each second. Nobody at all is never remembered. */
function rememberedAdministrators({ administrators, clock }: BenchDeps): () => Promise<readonly Person[]> {
  let known: readonly Person[] = [];
  let knownAt = 0;
  return async () => {
    if (known.length > 0 && clock.mono() - knownAt < ADMINISTRATORS_KNOWN_MS) return known;
    const asked = clock.mono();
    known = await administrators();
    knownAt = asked;
    return known;
  };
}

/** What every change of an alarm needs before it, and what it tells after the commit. */
function bench(deps: BenchDeps): Bench {
  const { registry, fanout, clock, digest, meter } = deps;
  const administrators = rememberedAdministrators(deps);
  return {
    context: async () => ({
      digest,
      now: clock.now(),
      audience: { registry: registry.current(), administrators: await administrators() },
    }),
    committed(changes) {
      const newest = new Map(changes.map(({ alarm }) => [alarm.id, alarm]));
      for (const alarm of newest.values()) fanout.publish({ kind: 'alarm', alarm });
      for (const { events } of changes) for (const { type } of events) meter.count('anlan_alarm_events_total', 1, { type });
    },
  };
}

/** Commands run beside the flow, in any process: the store's transaction keeps them apart (ruling 48). */
export function alarmCommands(deps: BenchDeps): RunCommand {
  const commanding = { store: deps.store, digest: deps.digest, ...bench(deps) };
  return (alarmId, command, actor) => runCommand(commanding, alarmId, command, actor);
}

type Part = 'verdicts' | 'timers' | 'lag' | 'topic' | 'notification topic';

const GROUP = 'alarm';
const ADMINISTRATORS_KNOWN_MS = 1_000;
const TIMERS_EVERY_MS = 1_000;
const TIMERS_A_READ = 200;
/** What only one process does at a time (timers, the topics of alarms and of notifications) is done by whoever holds this partition. */
const LEADING_PARTITION = 0;
const LAG_OK = 10_000;

/**
 * Verdicts, timers and commands into alarms: each in one transaction of the records, with its events, notifications and timers.
 * What is seen outside (fan-out, answers, numbers) comes only after the commit.
 */
export function alarmFlow(deps: AlarmFlowDeps): AlarmFlow {
  const { log, store, clock, digest, meter, tracer, logger } = deps;
  /** What fails at present, by the part that fails. */
  const troubles = new Map<Part, string>();
  let lag = 0;

  const { context, committed } = bench(deps);
  const failed = (part: Part, error: unknown): void => {
    meter.count('anlan_flow_failures_total', 1, { flow: GROUP });
    if (!troubles.has(part)) logger.warn('alarms cannot be written and are tried again', { part, reason: String(error) });
    troubles.set(part, String(error));
  };
  /** A part that turns until it is drained, and says so when it fails. */
  const running = (part: Part, pull: (signal: AbortSignal) => Promise<void>): Pump =>
    pump({
      clock,
      async pull(signal) {
        await pull(signal);
        troubles.delete(part);
      },
      onFailure: (error) => failed(part, error),
    });

  const fireOne = async (timer: AlarmTimer): Promise<void> => {
    const ctx = await context();
    try {
      committed(await store.transact((tx) => fire(tx, timer, ctx)));
    } catch (error) {
      if (!(error instanceof Poison)) throw error;
      logger.error('a timer cannot be fired and is dropped', { alarmId: timer.alarmId, kind: timer.kind, why: error.message });
      meter.count('anlan_flow_failures_total', 1, { flow: GROUP });
      await store.transact((tx) => tx.dropTimer(timer));
    }
  };
  /** The store gives the gravest first; read again after each turn, so that a red that falls due does not wait for a queue of blue. */
  const fireDue = async (signal: AbortSignal): Promise<void> => {
    if (!leads()) return pause(clock, TIMERS_EVERY_MS, signal);
    const due = await store.dueTimers(clock.now(), TIMERS_A_READ);
    for (const timer of due) if (!signal.aborted) await fireOne(timer);
    if (due.length < TIMERS_A_READ) await pause(clock, TIMERS_EVERY_MS, signal);
  };

  const held = heldPartitions<VerdictsLoop>({
    log,
    clock,
    shares: deps.shares,
    group: GROUP,
    topic: TOPICS.verdicts,
    make: (partition) => verdictsLoop({ log, store, clock, digest, meter, tracer, logger, context, committed }, partition),
    onTurn: () => troubles.delete('verdicts'),
    onFailure: (_partition, error) => failed('verdicts', error),
  });
  const leads = (): boolean => held.works().has(LEADING_PARTITION);
  const measure = async (signal: AbortSignal): Promise<void> => {
    await pause(clock, TIMERS_EVERY_MS, signal);
    lag = await held.lag();
    meter.gauge('anlan_flow_lag', lag, { flow: GROUP });
    meter.gauge('anlan_flow_partitions', held.works().size, { flow: GROUP });
    // One process tells, so that the numbers of several may be summed.
    const open = leads() ? await store.openByLevel() : undefined;
    for (const level of ALARM_LEVELS) meter.gauge('anlan_alarms_open', open?.get(level) ?? 0, { level });
  };
  const pumps: readonly Pump[] = [
    running('timers', fireDue),
    running('lag', measure),
    ...(deps.topic ? [running('topic', telling(deps.topic, leads))] : []),
    ...(deps.notificationTopic ? [running('notification topic', tellingOfNotifications(deps.notificationTopic, leads))] : []),
  ];

  return {
    name: GROUP,
    async start() {
      await held.start();
      for (const each of pumps) each.start();
    },
    async drain() {
      await Promise.all([...pumps, held].map((part) => part.drain()));
    },
    health: () => ({ ok: troubles.size === 0 && lag <= LAG_OK, lag, detail: [...troubles.values()].join('; ') }),
    command: alarmCommands(deps),
  };
}

/** Copies notifications into their topic while this process leads. */
function tellingOfNotifications(deps: NotificationTopicDeps, leads: () => boolean): (signal: AbortSignal) => Promise<void> {
  const topic = notificationTopic(deps);
  return (signal) => (leads() ? topic.turn(signal) : pause(deps.clock, TIMERS_EVERY_MS, signal));
}

/** Copies changes into the topic of alarms while this process leads; each new lead, and each failure, begins at what was saved. */
function telling(deps: AlarmTopicDeps, leads: () => boolean): (signal: AbortSignal) => Promise<void> {
  const topic = alarmTopic(deps);
  let open = false;
  return async (signal) => {
    const opened = open;
    open = false;
    if (!leads()) return pause(deps.clock, TIMERS_EVERY_MS, signal);
    if (!opened) await topic.open();
    await topic.turn(signal);
    open = true;
  };
}
