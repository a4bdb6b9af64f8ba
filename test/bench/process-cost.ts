import { readFileSync } from 'node:fs';

/** What processes have used so far; threads included, children not. */
export type Cost = Readonly<{
  cpuSeconds: number;
  /** Of the main thread alone; the busiest process counts. */ mainCpuSeconds: number;
  rssMb: number;
  peakRssMb: number;
}>;

/** Clock ticks of /proc/PID/stat on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;
const UTIME = 11;
const STIME = 12;

export function costOf(pids: readonly number[]): Cost {
  const each = pids.map(costOfOne);
  const sum = (field: keyof Cost): number => each.reduce((total, cost) => total + cost[field], 0);
  return {
    cpuSeconds: sum('cpuSeconds'),
    mainCpuSeconds: Math.max(...each.map((cost) => cost.mainCpuSeconds)),
    rssMb: sum('rssMb'),
    peakRssMb: sum('peakRssMb'),
  };
}

function costOfOne(pid: number): Cost {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1_024;
  return {
    cpuSeconds: cpuOf(`/proc/${pid}/stat`),
    mainCpuSeconds: cpuOf(`/proc/${pid}/task/${pid}/stat`),
    rssMb: mb('VmRSS'),
    peakRssMb: mb('VmHWM'),
  };
}

/** The second field is the command in brackets and may hold spaces: counted from behind it. */
function cpuOf(file: string): number {
  const stat = readFileSync(file, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_A_SECOND;
}
