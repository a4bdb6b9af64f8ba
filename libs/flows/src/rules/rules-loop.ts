import { TOPICS, type Activation, type DerivedRecord, type Digest, type Millis, type Verdict } from '@anlan/contracts';
import type { Logger, Meter, Tracer } from '@anlan/observability';
import { Fenced, pause, type ActivationSource, type Checkpoints, type Clock, type Log, type LogRecord } from '@anlan/ports';
import { createEngine, savedVersion, type Engine, type WarmUp } from '@anlan/rules';
import { judgeable } from './judgeable.js';
import { judgedTraces } from './judged-traces.js';
import { placeTeller } from './place-teller.js';
import { sieve, type Sieve } from './sieve.js';
import type { History } from './warm-ups.js';

export type RulesLoopDeps = Readonly<{
  log: Log;
  checkpoints: Checkpoints;
  activations: ActivationSource;
  clock: Clock;
  digest: Digest;
  meter: Meter;
  tracer?: Tracer;
  logger: Logger;
  /** Owner of the checkpoints. */
  group: string;
  /** Where rules that begin anew find the past of their points; absent: they begin from nothing. */
  history?: History;
}>;

export type RulesLoop = Readonly<{
  /** Takes up the saved states. Rejects when they are corrupt: judging from nothing would be worse than not starting. */
  open(): Promise<void>;
  turn(signal: AbortSignal): Promise<void>;
  /** Saves what stands, if all verdicts of it are in the log. */
  close(): Promise<void>;
  lag(): Promise<number>;
  /** Rules on points that wait for the past of the point; none before the log was read to its end, for the answer may stand there. */
  waiting(most: number): readonly WarmUp[];
  states(): number;
  /** Empty when all is well. */
  trouble(): string;
}>;

const MAX_RECORDS = 4_000;
/** Verdicts in one append. */
const MAX_UNSENT = 5_000;
/** Work without letting others run. */
const SLICE_MS = 20;
/** What a restart judges again at most; how many points reported meanwhile says what a save costs. */
const SAVE_EVERY_MS = 3_000;
const SAVE_EVERY_RECORDS = 20_000;
/** Points told at once, about 5 ms of work. */
const TOLD_AT_ONCE = 200;

/**
 * One partition of the readings log into verdicts.
 *
 * W1  Verdicts, and values of derived points, are in the log before the checkpoint moves beyond their cause; after a crash the same ones are appended
 *     again.
 * W2  A record is judged once in a process: what could not be appended is kept and appended first.
 * W3  States and offset are saved together; a checkpoint that cannot be saved never stops the judging.
 * W4  The log is told a place only when the checkpoint of it is saved: what others see as lag is true, and no record that a restart
 *     needs expires. A restart goes by the checkpoint alone; telling the log never stops or delays the judging.
 */
export function rulesLoop(deps: RulesLoopDeps, partition: number): RulesLoop {
  const { log, checkpoints, clock, group } = deps;
  const engine = createEngine({ partition, digest: deps.digest, warmsUp: deps.history !== undefined });
  const traces = judgedTraces(deps);
  const place = placeTeller(deps, partition);
  const keep = sieve((siteId) => log.partitionOf(TOPICS.readings, siteId) === partition);
  const unsaved = { put: new Map<string, string>(), drop: new Set<string>() };
  let unsent: Verdict[] = [];
  let computed: DerivedRecord[] = [];
  let epoch = 0;
  let next = 0;
  let savedTo = 0;
  let savedAt: Millis = 0;
  let trouble = '';
  let isAtEnd = false;

  /** Judges records until the batch, the slice of unsent verdicts, or the flow ends. `next` and `unsent` move together. */
  const judge = async (records: readonly LogRecord[], signal: AbortSignal): Promise<void> => {
    let sliceEnd = clock.mono() + SLICE_MS;
    for (const record of records) {
      const verdicts = await judgeOne({ ...deps, engine, keep }, record);
      traces.judged(record, verdicts);
      unsent.push(...verdicts);
      computed.push(...engine.computed());
      next = record.offset + 1;
      if (unsent.length + computed.length >= MAX_UNSENT || signal.aborted) return;
      if (clock.mono() < sliceEnd) continue;
      await pause(clock, 0);
      sliceEnd = clock.mono() + SLICE_MS;
    }
  };

  const send = async (): Promise<void> => {
    if (unsent.length + computed.length === 0) return;
    await log.append([
      ...unsent.map((verdict) => ({ topic: TOPICS.verdicts, key: verdict.siteId, value: JSON.stringify(verdict), ...traces.of(verdict) })),
      ...computed.map((record) => ({ topic: TOPICS.readings, key: record.siteId, value: JSON.stringify(record) })),
    ]);
    measure(unsent, deps);
    traces.sent();
    unsent = [];
    computed = [];
  };

  /** Nothing is judged meanwhile, so that all of it stands for the same place in the log. */
  const collect = async (): Promise<void> => {
    for (let more = true; more;) {
      const changes = engine.changes(TOLD_AT_ONCE);
      for (const [key, value] of changes.put) {
        unsaved.put.set(key, value);
        unsaved.drop.delete(key);
      }
      for (const key of changes.drop) {
        unsaved.drop.add(key);
        unsaved.put.delete(key);
      }
      more = changes.more;
      if (more) await pause(clock, 0);
    }
  };

  const save = async (): Promise<void> => {
    await collect();
    savedAt = clock.mono();
    try {
      await checkpoints.save(group, partition, epoch, next, { put: unsaved.put, drop: [...unsaved.drop] });
      savedTo = next;
      place.reached(savedTo);
      unsaved.put.clear();
      unsaved.drop.clear();
      trouble = '';
    } catch (error) {
      if (error instanceof Fenced) throw error;
      deps.meter.count('anlan_flow_failures_total', 1, { flow: group });
      if (trouble === '') deps.logger.warn('the states of rules cannot be saved and are tried again', { partition, reason: String(error) });
      trouble = String(error);
    }
  };

  return {
    async open() {
      const checkpoint = await checkpoints.open(group, partition);
      epoch = checkpoint.epoch;
      next = savedTo = checkpoint.nextOffset;
      const version = savedVersion(checkpoint.entries);
      const activations = version > 0 ? await deps.activations.activations(0, version) : [];
      engine.restore(checkpoint.entries, activations.map(keep));
      savedAt = clock.mono();
    },
    async turn(signal) {
      if (unsent.length + computed.length === 0) {
        const records = await log.read(TOPICS.readings, partition, next, MAX_RECORDS);
        isAtEnd = records.length < MAX_RECORDS;
        if (records.length === 0) return log.until(TOPICS.readings, partition, next, signal);
        await judge(records, signal);
      }
      await send();
      if (next - savedTo < SAVE_EVERY_RECORDS && clock.mono() - savedAt < SAVE_EVERY_MS) return;
      await save();
    },
    async close() {
      await send();
      await save();
      await place.told();
    },
    lag: async () => (await log.bounds(TOPICS.readings, partition)).next - next,
    waiting: (most) => (isAtEnd ? engine.waiting(most) : []),
    states: () => engine.states(),
    trouble: () => trouble,
  };
}

type Bench = Readonly<Pick<RulesLoopDeps, 'activations' | 'meter' | 'logger' | 'group'> & { engine: Engine; keep: Sieve }>;

async function judgeOne({ engine, keep, activations, meter, logger, group }: Bench, record: LogRecord): Promise<readonly Verdict[]> {
  const { offset, at, partition } = record;
  const found = judgeable(record.value);
  if (!found || found.strange > 0) {
    meter.count('anlan_flow_failures_total', 1, { flow: group });
    logger.error('a record of the readings log cannot be judged, wholly or in part', {
      partition,
      offset,
      strange: found?.strange ?? 'all',
    });
  }
  if (!found) return [];
  const { value } = found;
  if (value.kind !== 'activation' || value.version <= engine.version()) return engine.step({ offset, at, value });
  const fresh: readonly Activation[] = await activations.activations(engine.version(), value.version);
  if (fresh.length === 0)
    logger.error('the log names a registry version that the registry does not have', { partition, offset, version: value.version });
  return engine.step({ offset, at, value }, fresh.map(keep));
}

function measure(sent: readonly Verdict[], { clock, meter }: Pick<RulesLoopDeps, 'clock' | 'meter'>): void {
  const now = clock.now();
  for (const { lane, process, at } of sent) {
    meter.count('anlan_verdicts_total', 1, { lane, process });
    meter.observe('anlan_verdict_seconds', Math.max(0, now - at) / 1000);
  }
}
