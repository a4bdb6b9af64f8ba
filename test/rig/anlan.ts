import { beside, runAnlan } from './cli.js';
import type { Platform } from './platform.js';

/** Runs `npx anlan ARGS --json` against a platform as its owner would; answers what it printed. Throws with its words when it fails. */
export async function anlan(platform: Pick<Platform, 'httpPort' | 'mqttPort' | 'dataDir'>, ...args: readonly string[]): Promise<any> {
  const { code, out, err } = await runAnlan([...args, '--json'], { env: beside(platform) });
  if (code !== 0) throw new Error(`anlan ${args[0]}: ${err}${out}`.slice(0, 4_000));
  return JSON.parse(out);
}
