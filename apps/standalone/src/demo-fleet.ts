import type { DemoBundle, Packs } from '@anlan/packs';
import { type Fleet, fleetOf, realClock, scenarioNamed, startFleet } from '@anlan/simulator-app';

export type DemoFleetDeps = Readonly<{ bundle: DemoBundle; secrets: ReadonlyMap<string, string>; packs: Packs; url: string; seed: number }>;

/** The demo city's devices, publishing over MQTT as any device would. */
export function startDemoFleet({ bundle, secrets, packs, url, seed }: DemoFleetDeps): Fleet {
  const scenario = scenarioNamed('demo');
  if (!scenario) throw new Error('the simulator has no demo scenario');
  return startFleet({ url, devices: fleetOf(bundle, packs.metrics), secrets, scenario, seed, clock: realClock(), random: Math.random });
}
