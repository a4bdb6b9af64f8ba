/**
 * Changes of the registry: into the records, then into the log, then to those who watch.
 *
 * G1  An answer `applied` means: committed, device logins work, and the activation stands in the readings log of every
 *     partition before any reading that arrives later (`rulings` 12).
 * G2  Activations stand in the log in the order of their versions, each at least once; the engine takes the second for nothing.
 * G3  What was committed but not logged (the log was away, or a crash came between) is logged by the next change, by the next
 *     start, or by the retry that runs until it has succeeded.
 */
import { TOPICS, type ActivationRecord, type Actor, type Millis } from '@anlan/contracts';
import type { Logger } from '@anlan/observability';
import {
  LogUnavailable,
  type Clock,
  type Decision,
  type DecisionOutcome,
  type EntityChanged,
  type EntityKind,
  type Fanout,
  type Flow,
  type ImportOptions,
  type ImportOutcome,
  type Log,
  type NewRecord,
  type RegistryStore,
} from '@anlan/ports';

export type RegistryFlowDeps = Readonly<{
  store: Pick<RegistryStore, 'importBundle' | 'remove' | 'decide' | 'unlogged' | 'markLogged' | 'current'>;
  log: Pick<Log, 'append' | 'appendToAll'>;
  clock: Clock;
  fanout: Pick<Fanout, 'publish'>;
  logger: Logger;
}>;
/** `unavailable`: committed, but not yet in the log; the caller answers 503 and may simply ask again. */
export type RegistryOutcome = ImportOutcome | Unavailable;
type Unavailable = Readonly<{ kind: 'unavailable'; code: 'log_unavailable' }>;
export type RegistryFlow = Flow &
  Readonly<{
    importBundle(bundle: unknown, by: Actor, options?: ImportOptions): Promise<RegistryOutcome>;
    remove(kind: EntityKind, ids: readonly string[], by: Actor, options?: ImportOptions): Promise<RegistryOutcome>;
    /** What a second person says to a change that waits; approved, it is applied like any other. */
    decide(changeId: string, decision: Decision, by: Actor): Promise<RegistryOutcome | DecisionOutcome>;
  }>;

const RETRY_MS: Millis = 1_000;
/** Records of one append; keeps a big import from filling the log's queue at once. */
const RECORDS_AN_APPEND = 500;

export function registryFlow({ store, log, clock, fanout, logger }: RegistryFlowDeps): RegistryFlow {
  let turn: Promise<unknown> = Promise.resolve();
  /** The last word on each entity that the log has not heard yet. */
  const waiting = new Map<string, EntityChanged>();
  let behind = 0;
  let cancelRetry: (() => void) | undefined;
  let draining = false;

  return {
    name: 'registry',
    start: () => inTurn(catchUp),
    importBundle: (bundle, by, options) => inTurn(() => changed(() => store.importBundle(bundle, by, clock.now(), options))),
    remove: (kind, ids, by, options) => inTurn(() => changed(() => store.remove(kind, ids, by, clock.now(), options))),
    decide: (changeId, decision, by) => inTurn(() => changed(() => store.decide(changeId, decision, by, clock.now()))),
    async drain() {
      draining = true;
      cancelRetry?.();
      await turn;
    },
    health() {
      const lag = behind + waiting.size;
      return { ok: lag === 0, lag, detail: lag === 0 ? '' : 'registry changes wait for the log' };
    },
  };

  /** One change at a time, so that the log has them in the order of the records. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function changed<O extends DecisionOutcome>(change: () => Promise<O>): Promise<O | Unavailable> {
    const outcome = await change();
    if (outcome.kind !== 'applied') return outcome;
    for (const entity of outcome.changed) waiting.set(keyOf(entity), entity);
    const isLogged = await tryToCatchUp();
    if (outcome.changed.length > 0 || outcome.activation) fanout.publish({ kind: 'registry', version: outcome.version });
    return isLogged ? outcome : { kind: 'unavailable', code: 'log_unavailable' };
  }

  /** Logs everything that waits; false when the log is away, and then tries again by itself. */
  async function tryToCatchUp(): Promise<boolean> {
    try {
      await catchUp();
      return true;
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      logger.error('registry changes could not be logged', { waiting: behind, error: String(error) });
      retryLater();
      return false;
    }
  }

  function retryLater(): void {
    cancelRetry?.();
    if (draining) return;
    cancelRetry = clock.after(RETRY_MS, () => {
      inTurn(tryToCatchUp).catch((error: unknown) => {
        logger.error('registry changes could not be read', { error: String(error) });
        retryLater();
      });
    });
  }

  async function catchUp(): Promise<void> {
    cancelRetry?.();
    const activations = await store.unlogged();
    behind = activations.length;
    for (const { version } of activations) {
      const record: ActivationRecord = { kind: 'activation', version, at: clock.now() };
      await log.appendToAll({ topic: TOPICS.readings, key: '', value: JSON.stringify(record) });
      await store.markLogged(version);
      behind -= 1;
    }
    while (waiting.size > 0) {
      const some = [...waiting.values()].slice(0, RECORDS_AN_APPEND);
      await log.append(some.map(entityRecord));
      for (const entity of some) waiting.delete(keyOf(entity));
    }
  }
}

function keyOf({ kind, id }: EntityChanged): string {
  return `${kind}:${id}`;
}

function entityRecord({ kind, id, entity }: EntityChanged): NewRecord {
  return { topic: TOPICS.registry, key: keyOf({ kind, id, entity }), value: JSON.stringify({ kind, id, entity }) };
}
