import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { LoadOutcome, LoadReport } from '@anlan/simulator-app';
import { ROOT, sleep } from '../rig/platform.js';
import type { GeneratorOptions } from './generator.js';
import { type Pattern, countsOf, dueMs } from './pattern.js';
import { type MachineTime, machineTime, stolenSince } from './machine.js';
import { type Cost, costOf, cpuOfTree } from './process-cost.js';
import type { Span } from './profile.js';
import type { OnAlert, Outcome, StartSystem, System } from './system.js';

export type W1Options = Pattern & Readonly<{ seconds: number }>;
export type Quantiles = Readonly<{ p50: number; p95: number; p99: number; max: number }>;
/** One line of the results: one system at one rate. */
export type W1Result = Readonly<{
  case: 'w1';
  system: string;
  devices: number;
  rate: number;
  run: number;
  seconds: number;
  due: number;
  acked: number;
  lost: number;
  ackedPerSecond: number;
  pubackMs: Quantiles;
  /** Breaches, or episodes for a system that keeps alarms, and how many of them were told. */
  alertsDue: number;
  alerts: number;
  /** Those that were seen outside, with the time from due to seen. */
  seen: number;
  alarmMs: Quantiles;
  stored: number | null;
  drainMs: number;
  /** Of the system under test, over the load and the drain. */
  cpuSeconds: number;
  cpuMsPerMessage: number;
  /** Of its main thread alone. */
  mainCpuMsPerMessage: number;
  /** Processor time of each process a message, ms: of the system, of the engines under it, of the generator. */
  parts: Readonly<Record<string, number>>;
  /** When the measured load ran, on the clock that profiles use. */
  span: Span;
  /** Of the system's processes. */
  pids: Readonly<Record<string, number>>;
  peakRssMb: number;
  generatorCpuSeconds: number;
  load1: number;
  /** Share of the machine that its host gave to others meanwhile, %. */
  stolen: number;
  /** Nothing lost, every alert told, done soon after the load, PUBACK within a second. */
  sustained: boolean;
}>;

const SECRET = 'bench-secret-0123456789';
const GRACE_MS = 30_000;
const DRAIN_MS = 60_000;
/** A system that needs longer after the load was behind all along. */
const DRAIN_OK_MS = 1_000;
const PUBACK_OK_MS = 1_000;
const SETTLE_MS = 2_000;
const WARM_UP_S = 10;
const CALM_S = 2;
const WATCH_MS = 200;

/** Runs W1 at one rate against a fresh system: open loop, one reading a message, QoS 1. */
export async function runW1(start: StartSystem, { seconds, ...pattern }: W1Options): Promise<W1Result> {
  const alerts = new Map<string, number>();
  const onAlert: OnAlert = (device, k, at) => {
    const name = `${device}/${k}`;
    if (!alerts.has(name)) alerts.set(name, at);
  };
  const system = await start({ pattern, secret: SECRET, onAlert });
  try {
    const load = { url: system.mqttUrl, ...pattern, secret: SECRET, graceMs: GRACE_MS };
    const warm = await warmUp(system, load);
    alerts.clear();
    const pids = Object.values(system.parts);
    const before = costOf(pids);
    const partsBefore = partsOf(system);
    const machine = machineTime();
    const from = monotonicUs();
    const generated = await generate({ ...load, seconds });
    const span = { from, to: monotonicUs() };
    const { report } = generated;
    const { breaches, onsets } = countsOf(pattern, report.due);
    const alertsDue = system.alertsOn === 'onset' ? onsets : breaches;
    const outcome = since(
      warm,
      await system.settled({ messages: (warm.stored ?? 0) + report.acked, alerts: warm.alerts + alertsDue, withinMs: DRAIN_MS }),
    );
    // What is readable may be on its way to the watcher still.
    for (let waited = 0; alerts.size < alertsDue && waited < SETTLE_MS; waited += WATCH_MS) await sleep(WATCH_MS);
    const latencies = [...alerts].map(([name, at]) => {
      const [device = 0, k = 0] = name.split('/').map(Number);
      return at - report.startedAt - dueMs(pattern, device, k);
    });
    return resultOf({
      system,
      options: { ...pattern, seconds },
      report,
      alertsDue,
      outcome,
      latencies,
      before,
      partsBefore,
      span,
      machine,
      generatorCpuSeconds: generated.cpuSeconds,
    });
  } finally {
    await system.stop();
  }
}

/** The same load for a while, unmeasured: a process that has just started runs code that is not compiled yet. Ends with no alarm active. */
async function warmUp(system: System, load: Omit<GeneratorOptions, 'seconds'>): Promise<Outcome> {
  const { report } = await generate({ ...load, seconds: WARM_UP_S, calmAfterS: WARM_UP_S - CALM_S });
  await system.settled({ messages: report.acked, alerts: 0, withinMs: DRAIN_MS });
  await sleep(SETTLE_MS);
  return system.settled({ messages: report.acked, alerts: 0, withinMs: DRAIN_MS });
}

/** What came after the warm-up. */
function since(warm: Outcome, { stored, alerts, drainMs }: Outcome): Outcome {
  return { stored: stored === null ? null : stored - (warm.stored ?? 0), alerts: alerts - warm.alerts, drainMs };
}

type Measured = Readonly<{
  system: System;
  options: W1Options;
  report: LoadReport;
  alertsDue: number;
  outcome: Outcome;
  latencies: readonly number[];
  before: Cost;
  partsBefore: Readonly<Record<string, number>>;
  span: Span;
  machine: MachineTime;
  generatorCpuSeconds: number;
}>;

/** Processor seconds of each process until now. */
function partsOf({ parts, engines }: System): Readonly<Record<string, number>> {
  const own = Object.entries(parts).map(([name, pid]): [string, number] => [name, costOf([pid]).cpuSeconds]);
  const under = Object.entries(engines ?? {}).map(([name, pid]): [string, number] => [name, cpuOfTree(pid)]);
  return Object.fromEntries([...own, ...under]);
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

function resultOf(measured: Measured): W1Result {
  const { system, options, report, alertsDue, outcome, latencies, before, machine, generatorCpuSeconds } = measured;
  const after = costOf(Object.values(system.parts));
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  const { p50, p95, p99, max } = report.latencyMs;
  const alarmMs = quantilesOf(latencies);
  const whole = report.lost === 0 && outcome.alerts === alertsDue && (outcome.stored === null || outcome.stored === report.acked);
  return {
    case: 'w1',
    system: system.name,
    ...options,
    due: report.due,
    acked: report.acked,
    lost: report.lost,
    ackedPerSecond: report.ratePerSecond,
    pubackMs: { p50, p95, p99, max },
    alertsDue,
    alerts: outcome.alerts,
    seen: latencies.length,
    alarmMs,
    stored: outcome.stored,
    drainMs: outcome.drainMs,
    cpuSeconds: rounded(cpuSeconds),
    cpuMsPerMessage: rounded((cpuSeconds * 1_000) / Math.max(1, report.acked), 3),
    mainCpuMsPerMessage: rounded(((after.mainCpuSeconds - before.mainCpuSeconds) * 1_000) / Math.max(1, report.acked), 3),
    parts: perMessage(measured),
    span: measured.span,
    pids: system.parts,
    peakRssMb: Math.round(after.peakRssMb),
    generatorCpuSeconds: rounded(generatorCpuSeconds),
    load1: rounded(loadavg()[0] ?? 0),
    stolen: rounded(stolenSince(machine)),
    sustained: whole && outcome.drainMs <= DRAIN_OK_MS && p99 <= PUBACK_OK_MS && alarmMs.p99 <= PUBACK_OK_MS,
  };
}

function perMessage({ system, partsBefore, report, generatorCpuSeconds }: Measured): Readonly<Record<string, number>> {
  const used = Object.entries(partsOf(system)).map(([name, seconds]): [string, number] => [name, seconds - (partsBefore[name] ?? 0)]);
  const all: readonly [string, number][] = [...used, ['generator', generatorCpuSeconds]];
  return Object.fromEntries(all.map(([name, seconds]) => [name, rounded((seconds * 1_000) / Math.max(1, report.acked), 3)]));
}

/** The generator as a process of its own, so that it does not share a thread with what it measures. */
async function generate(options: GeneratorOptions): Promise<Readonly<{ report: LoadReport; cpuSeconds: number }>> {
  const loader = pathToFileURL(join(ROOT, 'tools/ts.mjs')).href;
  const child = spawn(process.execPath, ['--import', loader, join(import.meta.dirname, 'generator.ts'), JSON.stringify(options)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [text, cpuSeconds] = ['', 0];
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const watching = setInterval(() => {
    if (child.pid !== undefined && child.exitCode === null) cpuSeconds = costOf([child.pid]).cpuSeconds;
  }, WATCH_MS);
  await ended;
  clearInterval(watching);
  const outcome = JSON.parse(text || '{"kind":"failed","why":"no report"}') as LoadOutcome;
  if (outcome.kind === 'failed') throw new Error(`the load could not run: ${outcome.why}`);
  return { report: outcome.report, cpuSeconds };
}

function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => rounded(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
