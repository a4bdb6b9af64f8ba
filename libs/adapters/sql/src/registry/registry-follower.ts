import type { RegistrySnapshot } from '@anlan/contracts';
import { inTurn } from '../in-turn.js';
import type { SqlDatabase, SqlTx } from '../sql-database.js';
import type { CredentialsTable } from '../tables.js';
import { loadCredentials } from './credentials.js';
import { activationFor, loadState, registryVersion, type Catalogue, type RegistryState } from './registry-state.js';
import { commit } from './registry-writes.js';

/** What a change leaves: its result, and what is to be shown once it has been committed. */
export type Shown<R> = Readonly<{ result: R; next?: RegistryState; shown?(): void }>;
/**
 * The registry in the memory of this process: the state as of its version, moved by own changes and by those of other processes.
 * It never goes back by itself, for all that moves it takes turns.
 */
export type RegistryFollower = Readonly<{
  state(): RegistryState;
  onChange(listener: (snapshot: RegistrySnapshot) => void): () => void;
  /** One change at a time in all processes; `before` is what stands in the records. */
  change<R>(work: (tx: SqlTx, before: RegistryState) => Promise<Shown<R>>): Promise<R>;
  /** Shows what other processes have changed; a single small query when they have not. Rejects when the records are away. */
  refresh(): Promise<void>;
}>;
export type RegistryFollowerDeps = Readonly<{
  database: SqlDatabase;
  catalogue: Catalogue;
  now: number;
  /** Device logins as they stand, told before the change is shown. */ logins(rows: readonly CredentialsTable[]): void;
}>;

const LOCK = { name: 'registry' } as const;

/** Loads what stands and, where the packs of this release say something new about it, writes that down for the engine. */
export async function registryFollower({ database, catalogue, now, logins }: RegistryFollowerDeps): Promise<RegistryFollower> {
  const listeners = new Set<(snapshot: RegistrySnapshot) => void>();
  const turn = inTurn();
  let waiting: Promise<void> | undefined;
  let state = await database.exclusive(LOCK, async (tx) => {
    const found = await loadState(tx, catalogue);
    logins(await loadCredentials(tx));
    if (found.version === 0 || activationFor(0, found.engine, found.rules, found.snapshot) === null) return found;
    return (await commit(tx, found, { ...found, version: found.version + 1 }, now)).state;
  });
  const show = (next: RegistryState): void => {
    state = next;
    for (const listener of [...listeners]) listener(next.snapshot);
  };
  const follow = async (): Promise<void> => {
    waiting = undefined;
    if ((await registryVersion(database.db)) === state.version) return;
    const found = await database.readTogether(async (tx) => ({
      next: await loadState(tx, catalogue),
      rows: await loadCredentials(tx),
    }));
    // Logins first: who hears of the change may tell devices to connect.
    logins(found.rows);
    show(found.next);
  };

  return {
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change: (work) =>
      // The next change must start from what this one has shown, so a turn ends only after that.
      turn(async () => {
        const { result, next, shown } = await database.exclusive(LOCK, async (tx) => {
          if ((await registryVersion(tx)) === state.version) return work(tx, state);
          // What others committed may be known at once, whatever becomes of this change.
          logins(await loadCredentials(tx));
          return work(tx, await loadState(tx, catalogue));
        });
        if (next) {
          shown?.();
          show(next);
        }
        return result;
      }),
    // Who comes while one is running needs another, for that one may have looked already; all who wait share it.
    refresh: () => (waiting ??= turn(follow)),
  };
}
