import { readFileSync } from 'node:fs';

/** Processor time of the whole machine since its start, in ticks. */
export type MachineTime = Readonly<{ all: number; stolen: number }>;

const FIELDS = 8;
const STEAL = 7;

/** From /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
export function machineTime(): MachineTime {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = line
    .trim()
    .split(/\s+/)
    .slice(1, 1 + FIELDS)
    .map(Number);
  return { all: ticks.reduce((sum, each) => sum + each, 0), stolen: ticks[STEAL] ?? 0 };
}

/** Share of the machine that its host gave to others since `before`, in %: latencies beside a high one say little of the system. */
export function stolenSince(before: MachineTime): number {
  const now = machineTime();
  return (100 * (now.stolen - before.stolen)) / Math.max(1, now.all - before.all);
}
