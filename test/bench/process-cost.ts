import { readFileSync, readdirSync } from 'node:fs';

/** What processes have used so far; threads included, children not. */
export type Cost = Readonly<{
  cpuSeconds: number;
  /** Of the main thread alone; the busiest process counts. */ mainCpuSeconds: number;
  rssMb: number;
  peakRssMb: number;
}>;

/** Clock ticks of /proc/PID/stat on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;
const PARENT = 1;
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

/** Processor seconds of a process and all that it has started, in turn. */
export function cpuOfTree(pid: number): number {
  const parents = new Map(livingPids().map((each) => [each, parentOf(each)]));
  const belongs = (each: number | undefined): boolean => each !== undefined && (each === pid || belongs(parents.get(each)));
  return [...parents.keys()].filter(belongs).reduce((sum, each) => sum + cpuIfAlive(each), 0);
}

function livingPids(): readonly number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number); // prettier-ignore
}

/** Undefined for one that has just ended, and for the first. */
function parentOf(pid: number): number | undefined {
  try {
    return fieldsOf(`/proc/${pid}/stat`)[PARENT] || undefined;
  } catch {
    return undefined;
  }
}

function cpuIfAlive(pid: number): number {
  try {
    return cpuOf(`/proc/${pid}/stat`);
  } catch {
    return 0;
  }
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

function cpuOf(file: string): number {
  const fields = fieldsOf(file);
  return ((fields[UTIME] ?? 0) + (fields[STIME] ?? 0)) / TICKS_A_SECOND;
}

/** The second field is the command in brackets and may hold spaces: counted from behind it. */
function fieldsOf(file: string): readonly number[] {
  const stat = readFileSync(file, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number); // prettier-ignore
}
