import type { Change, Context } from '@anlan/alarms';
import { TOPICS, type DeadLetter, type Digest, type Verdict } from '@anlan/contracts';
import type { Logger, Meter, Tracer } from '@anlan/observability';
import type { AlarmStore, Clock, Log, LogRecord } from '@anlan/ports';
import { Poison, applyAll } from './judge.js';
import { appliedTraces } from './applied-traces.js';
import { verdictValue } from './verdict-value.js';

const GROUP = 'alarm';
const MAX_BATCH = 200;
/** A verdict that the answering store refuses this often is put aside, so that it does not hold up all others for ever. */
const MAX_TRIES = 5;
const MAX_LETTER_CHARACTERS = 4_000;

type Deps = Readonly<{
  log: Log;
  store: AlarmStore;
  digest: Digest;
  clock: Clock;
  meter: Meter;
  tracer?: Tracer | undefined;
  logger: Logger;
  context(): Promise<Context>;
  /** Told after the commit, never before. */
  committed(changes: readonly Change[]): void;
}>;
type Judged = Readonly<{ record: LogRecord; verdict: Verdict }>;

export type VerdictsLoop = Readonly<{ turn(signal: AbortSignal): Promise<void>; lag(): Promise<number> }>;

/**
 * One partition of the verdicts log into alarms. A batch is one transaction with the place it came to (`applied`), so a crash
 * between it and the commit of the log only makes repeats, which are dropped by their cause.
 */
export function verdictsLoop(deps: Deps, partition: number): VerdictsLoop {
  const { log, store, clock, meter, logger, committed } = deps;
  const traces = appliedTraces(deps);
  const tries = new Map<number, number>();
  let next: number | undefined;

  const setAside = async (record: LogRecord, why: string): Promise<void> => {
    logger.error('a verdict cannot be applied and is set aside as a dead letter', { partition, offset: record.offset, why });
    meter.count('anlan_flow_failures_total', 1, { flow: GROUP });
    meter.count('anlan_dead_letters_total', 1, { code: 'bad_shape' });
    await log.append([{ topic: TOPICS.rejected, key: record.key, value: JSON.stringify(letterOf(record, why, deps)) }]);
    tries.delete(record.offset);
  };
  const apply = async (batch: readonly Judged[]): Promise<void> => {
    const began = clock.now();
    const context = await deps.context();
    const changes = await store.transact((tx) =>
      applyAll(
        tx,
        batch.map((judged) => traces.of(judged)),
        context,
      ),
    );
    committed(changes);
    traces.applied(batch, changes, began);
    observe(batch, clock.now(), meter);
  };
  /** Halves a failing batch until the one verdict that fails stands alone. */
  const persevere = async (batch: readonly Judged[]): Promise<void> => {
    const [first] = batch;
    if (!first) return;
    try {
      await apply(batch);
    } catch (error) {
      if (batch.length === 1) return await giveUpOrThrow(first.record, error);
      const middle = Math.ceil(batch.length / 2);
      await persevere(batch.slice(0, middle));
      await persevere(batch.slice(middle));
    }
  };
  const giveUpOrThrow = async (record: LogRecord, error: unknown): Promise<void> => {
    if (error instanceof Poison) return setAside(record, error.message);
    // A store that answers but refuses just this one is another matter than a store that is away.
    await store.transact((tx) => tx.applied(partition));
    const count = (tries.get(record.offset) ?? 0) + 1;
    tries.set(record.offset, count);
    if (count < MAX_TRIES) throw error;
    await setAside(record, String(error));
  };

  return {
    async turn(signal) {
      next ??= await log.committed(GROUP, TOPICS.verdicts, partition);
      const records = await log.read(TOPICS.verdicts, partition, next, MAX_BATCH);
      const last = records.at(-1);
      if (!last) return log.until(TOPICS.verdicts, partition, next, signal);
      const batch: Judged[] = [];
      for (const record of records) {
        const verdict = verdictValue(record.value);
        if (verdict) batch.push({ record, verdict });
        else await setAside(record, 'not a verdict');
      }
      await persevere(batch);
      await log.commit(GROUP, TOPICS.verdicts, partition, last.offset + 1);
      next = last.offset + 1;
      tries.clear();
    },
    async lag() {
      return (await log.bounds(TOPICS.verdicts, partition)).next - (next ?? (await log.committed(GROUP, TOPICS.verdicts, partition)));
    },
  };
}

/** `platform` is the sender: no device is at fault, and no device's ledger moves. */
function letterOf({ topic, partition, offset, value, at }: LogRecord, why: string, { digest }: Deps): DeadLetter {
  return {
    id: digest(`alarm|${topic}|${partition}|${offset}`).slice(0, 32),
    deviceId: 'platform',
    receivedAt: at,
    code: 'bad_shape',
    reason: why,
    payload: value.slice(0, MAX_LETTER_CHARACTERS),
    topic,
  };
}

function observe(batch: readonly Judged[], now: number, meter: Meter): void {
  for (const { verdict } of batch)
    if (verdict.process === 'active') meter.observe('anlan_alarm_seconds', Math.max(0, now - verdict.at) / 1_000);
}
