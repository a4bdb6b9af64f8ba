import { availableParallelism, loadavg } from 'node:os';
import { describeWith, type EngineName } from '@anlan/testing';

/** Readings that hop around the limits of `city`, so that one lost or doubled changes the outcome. */
const HOPS = [0.2, 1.4, 2.6, 0.3, 3.3, 4.8, 4.1, 0.1, 1.1, 0.95];

export function hop(device: number, i: number): number {
  return HOPS[(i * 7 + device * 3 + (i >> 4)) % HOPS.length] ?? 0;
}

/** How many times busier than its processors this machine was at the start: limits of time are so much wider. */
export const BUSY = Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

/** Minutes of two cores: for CI, and for whoever asks for it by setting `asked` (`NAME=value`). Else skipped, loudly. */
export function describeWhenAsked(engine: EngineName, name: string, asked: string, specs: () => void): void {
  const [setting = ''] = asked.split('=');
  if (process.env['CI'] !== undefined || process.env[setting] !== undefined) return describeWith(engine, name, specs);
  process.stderr.write(`SKIPPED: ${name}: set ${asked}\n`);
  describe.skip(name, specs);
}
