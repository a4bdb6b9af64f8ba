import type { Fault } from '@anlan/contracts';
import { realClock } from './clock.js';
import { fleetOf, type FleetBundle } from './fleet-plan.js';
import { startFleet, type Fleet } from './fleet.js';
import { loadBundle, loadDevices, type LoadBundleOptions } from './load-bundle.js';
import { runLoad, type LoadOptions, type LoadOutcome } from './load.js';
import { readReplayMap } from './replay-map.js';
import { replay, type ReplayOptions, type ReplayOutcome } from './replay.js';
import { SCENARIOS, scenarioNamed } from './scenarios.js';

export type SimulateOptions = Readonly<{
  url: string;
  /** A registry bundle, as exported. */
  bundle: unknown;
  metrics: ReadonlyMap<string, Readonly<{ min?: number; max?: number }>>;
  secrets: ReadonlyMap<string, string>;
  scenario: string;
  seed: number;
  speed: number;
}>;
export type ReplayToolOptions = Pick<ReplayOptions, 'url' | 'rows' | 'secrets' | 'speed' | 'window' | 'onProgress'> &
  Readonly<{ map: unknown }>;
export type LoadToolOptions = Pick<LoadOptions, 'url' | 'rate' | 'seconds' | 'window' | 'onProgress'> & LoadBundleOptions;

/** The simulator as a command line uses it: plain data in and out, on the system's clock and chance. */
export type SimulatorTools = Readonly<{
  scenarios: readonly Readonly<{ name: string; zh: string; en: string }>[];
  /** Undefined when there is no such scenario. */
  simulate(options: SimulateOptions): Fleet | undefined;
  replay(options: ReplayToolOptions): Promise<ReplayOutcome | Readonly<{ kind: 'bad_map'; faults: readonly Fault[] }>>;
  load(options: LoadToolOptions): Promise<LoadOutcome>;
  loadBundle(options: LoadBundleOptions): Readonly<Record<string, unknown>>;
}>;

export function simulatorTools(): SimulatorTools {
  const [clock, random] = [realClock(), Math.random];
  return {
    scenarios: SCENARIOS.map(({ name, zh, en }) => ({ name, zh, en })),
    simulate: ({ bundle, metrics, scenario: name, ...rest }) => {
      const scenario = scenarioNamed(name);
      return scenario && startFleet({ ...rest, scenario, devices: fleetOf(bundle as FleetBundle, metrics), clock, random });
    },
    replay: ({ map: given, ...rest }) => {
      const { map, faults } = readReplayMap(given);
      return map ? replay({ ...rest, map, clock, random }) : Promise.resolve({ kind: 'bad_map', faults });
    },
    load: ({ devices, secret, sites: _sites, ...rest }) => runLoad({ ...rest, devices: loadDevices({ devices, secret }), clock, random }),
    loadBundle,
  };
}
