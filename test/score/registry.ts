/** A bundle into what the engine and the parser need, through the registry of the product (an import into an empty database). */
import { openDatabase } from '@anlan/adapter-sqlite';
import { sqlRecords } from '@anlan/adapter-sql';
import type { Activation, RegistrySnapshot } from '@anlan/contracts';
import { deviceDirectory, type DeviceDirectory } from '@anlan/flows';
import { loadPacks } from '@anlan/packs';
import { zoneOffsets } from '@anlan/shell';
import { SqliteDialect } from 'kysely';

export type Imported = Readonly<{ activation: Activation; directory: DeviceDirectory; registry: RegistrySnapshot }>;

export async function imported(bundle: unknown): Promise<Imported> {
  const records = await sqlRecords({
    dialect: new SqliteDialect({ database: openDatabase(':memory:', { synchronous: 'OFF' }) }),
    keys: { current: 'k', peppers: new Map([['k', new Uint8Array(32).fill(7)]]) },
    catalogue: loadPacks().metrics,
    publicUrl: 'http://127.0.0.1/',
    clock: { now: () => 0 },
    onFatal(error) {
      throw error;
    },
  });
  try {
    const outcome = await records.registry.importBundle(bundle, { kind: 'user', id: 'score' }, 0);
    if (outcome.kind === 'refused')
      throw new Error(
        `the bundle was refused:\n${outcome.errors.map(({ path, code, message }) => `${path} ${code}: ${message}`).join('\n')}`,
      );
    if (!outcome.activation) throw new Error('the bundle gives the engine nothing to run');
    const registry = records.registry.current();
    const directory = deviceDirectory({
      registry: { current: () => registry, onChange: () => () => undefined },
      zones: zoneOffsets(),
      maxAgeMs: null,
    });
    return { activation: outcome.activation, directory, registry };
  } finally {
    await records.close();
  }
}
