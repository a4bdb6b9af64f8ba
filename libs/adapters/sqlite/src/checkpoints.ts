import type { Checkpoints } from '@anlan/ports';
import { type HostDeps, hostStore } from './host.js';

export type SqliteCheckpointsDeps = HostDeps & Readonly<{ file: string }>;
export type SqliteCheckpoints = Checkpoints & Readonly<{ sizeOnDisk(): Promise<number>; close(): Promise<void> }>;

/** Checkpoints of the standalone form: `state.db`. */
export async function sqliteCheckpoints(deps: SqliteCheckpointsDeps): Promise<SqliteCheckpoints> {
  const store = await hostStore('checkpoints', { file: deps.file }, deps);
  return {
    async open(owner, partition) {
      const { epoch, nextOffset, entries } = await store.openOwner(owner, partition);
      return { epoch, nextOffset, entries: new Map(entries) };
    },
    // eslint-disable-next-line max-params -- as the port has it
    save: (owner, partition, epoch, nextOffset, { put, drop }) => store.save({ owner, partition, epoch, nextOffset, put: [...put], drop }),
    sizeOnDisk: () => store.sizeOnDisk(),
    close: () => store.close(),
  };
}
