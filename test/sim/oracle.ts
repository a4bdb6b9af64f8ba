import { createHash } from 'node:crypto';
import { memoryCheckpoints, memoryFanout, memoryLog } from '@anlan/adapter-memory';
import { type Digest, TOPICS, type Verdict } from '@anlan/contracts';
import { alarmFlow, rulesFlow } from '@anlan/flows';
import { silentLogger, silentMeter } from '@anlan/observability';
import type { ActivationSource, Checkpoint, Log, RegistrySource } from '@anlan/ports';
import { memoryAlarms } from '@anlan/testing';
import { engineEventsOf } from '../check/engine-events.js';
import type { EngineEvents, Evidence } from '../check/evidence.js';
import { rngOf } from './rng.js';
import { type Scheduler, clockOf, schedulerOf } from './scheduler.js';

const MAX_EVENTS = 400_000;

export const sha256: Digest = (text) => createHash('sha256').update(text).digest('hex');
export const common = { meter: silentMeter, logger: silentLogger };
export const fanout = memoryFanout({
  onError: (error) => {
    throw error;
  },
});

/** What the storm left behind and the oracle reads again in peace. */
export type Past = Readonly<{ log: Log; activationSource: ActivationSource; registry: RegistrySource; end: number }>;

/** Verdicts and engine events of one calm pass over the same log. */
export async function calmPass({
  log,
  activationSource,
  registry,
  end,
}: Past): Promise<Readonly<{ verdicts: readonly Verdict[]; events: EngineEvents }>> {
  const scheduler = schedulerOf(rngOf('calm'), end, MAX_EVENTS);
  const clock = clockOf(scheduler, () => true);
  const own = memoryLog({ clock });
  const readOnly: Log = { ...log, append: (records) => own.append(records), commit: async () => undefined, committed: async () => 0 };
  const rules = rulesFlow({
    ...common,
    log: readOnly,
    checkpoints: memoryCheckpoints(),
    activations: activationSource,
    clock,
    digest: sha256,
  });
  await rules.start();
  await scheduler.runTo(end + 20_000);
  const memory = memoryAlarms(sha256);
  const alarms = alarmFlow({
    ...common,
    log: own,
    store: memory.alarms,
    registry,
    fanout,
    clock,
    digest: sha256,
    administrators: async () => [],
  });
  await alarms.start();
  await scheduler.runTo(end + 40_000);
  const verdicts = (await own.read(TOPICS.verdicts, 0, 0, 1_000_000)).map((record) => JSON.parse(record.value) as Verdict);
  return {
    verdicts,
    events: new Map(memory.allAlarms().flatMap((alarm) => [...engineEventsOf(alarm.key, memory.eventsOf(alarm.id))])),
  };
}

/** Each checkpoint beside what one calm pass to the same place saves. */
export async function withExpected(past: Past, takenUp: readonly Checkpoint[]): Promise<NonNullable<Evidence['takenUp']>> {
  const found = [];
  for (const { nextOffset, entries } of takenUp) found.push({ nextOffset, entries, expected: await statesAt(past, nextOffset) });
  return found;
}

async function statesAt({ log, activationSource, end }: Past, nextOffset: number): Promise<ReadonlyMap<string, string>> {
  if (nextOffset === 0) return new Map();
  const scheduler = schedulerOf(rngOf('states'), end, MAX_EVENTS);
  const clock = clockOf(scheduler, () => true);
  const saved = memoryCheckpoints();
  const own = memoryLog({ clock });
  const rules = rulesFlow({
    ...common,
    log: { ...upTo(log, nextOffset), append: (records) => own.append(records) },
    checkpoints: saved,
    activations: activationSource,
    clock,
    digest: sha256,
  });
  await rules.start();
  await scheduler.runTo(end + 5_000);
  await drained(rules, scheduler);
  return (await saved.open('rules', 0)).entries;
}

async function drained(rules: ReturnType<typeof rulesFlow>, scheduler: Scheduler): Promise<void> {
  const draining = rules.drain();
  await scheduler.runTo(scheduler.now() + 5_000);
  await draining;
}

/** The readings log as it was when it ended at `next`. */
function upTo(log: Log, next: number): Log {
  return {
    ...log,
    read: async (...args) => (await log.read(...args)).filter(({ offset }) => offset < next),
    bounds: async (...args) => ({ ...(await log.bounds(...args)), next }),
    until: (topic, partition, offset, signal) =>
      offset < next
        ? log.until(topic, partition, offset, signal)
        : new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  };
}
