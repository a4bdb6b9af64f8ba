/** The load of W1 as a process of its own: options as JSON in its first argument, the report as JSON on stdout. */
import { loadDevices, realClock, runLoad } from '@anlan/simulator-app';
import { type Pattern, valueOf } from './pattern.js';

export type GeneratorOptions = Pattern &
  Readonly<{
    url: string;
    secret: string;
    seconds: number;
    graceMs: number;
    /** From then on nothing lies above the limit. */ calmAfterS?: number;
  }>;

const { devices, secret, run, calmAfterS = Infinity, ...rest } = JSON.parse(process.argv[2] ?? '{}') as GeneratorOptions;
const calmFrom = (calmAfterS * rest.rate) / devices;
const value = (device: number, k: number): number => (k < calmFrom ? valueOf({ devices, run }, device, k) : 0);
const outcome = await runLoad({
  ...rest,
  devices: loadDevices({ devices, secret }),
  window: 20,
  clock: realClock(),
  random: Math.random,
  value,
});
process.stdout.write(`${JSON.stringify(outcome)}\n`);
process.exit(outcome.kind === 'done' ? 0 : 1);
