import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DemoBundle, type Packs, demoCity } from '@anlan/packs';
import type { Logger } from '@anlan/observability';
import type { RegistryStore } from '@anlan/ports';
import type { RegistryFlow } from '@anlan/flows';

const SECRETS_FILE = 'demo-secrets.json';
const DEMO_ACTOR = { kind: 'system', id: 'demo', name: '演示城市' } as const;

export type DemoDeps = Readonly<{ folder: string; packs: Packs; registry: RegistryStore; changes: RegistryFlow; logger: Logger }>;

/**
 * Puts the demo city into the registry and keeps the device secrets that the platform made for it, for its simulator only.
 * Importing it again changes nothing.
 */
export async function importDemo({
  folder,
  packs,
  registry,
  changes,
}: DemoDeps): Promise<Readonly<{ bundle: DemoBundle; secrets: ReadonlyMap<string, string> }>> {
  const bundle = demoCity(packs);
  const file = join(folder, SECRETS_FILE);
  const kept: Record<string, string> = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
  const outcome = await changes.importBundle(bundle, DEMO_ACTOR);
  if (outcome.kind === 'refused') throw new Error(`the demo city is not valid: ${JSON.stringify(outcome.errors.slice(0, 5))}`);
  const made = await registry.takeMadeCredentials();
  const secrets = { ...kept, ...Object.fromEntries(made.map(({ deviceId, secret }) => [deviceId, secret])) };
  if (made.length > 0) writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return { bundle, secrets: new Map(Object.entries(secrets)) };
}
