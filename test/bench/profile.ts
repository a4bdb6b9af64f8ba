/** Where the time of a run went: the samples that each process of the platform wrote of its threads (`node --cpu-prof`). */
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** On the monotonic clock, µs. */
export type Span = Readonly<{ from: number; to: number }>;

/** A measured run, with the processes of the system by name. */
export type Sampled = Readonly<{ system: string; rate: number; span: Span; pids: Readonly<Record<string, number>> }>;

type Node = Readonly<{ id: number; callFrame: Readonly<{ functionName: string; url: string; lineNumber: number }> }>;
type Profile = Readonly<{ nodes: readonly Node[]; startTime: number; samples: readonly number[]; timeDeltas: readonly number[] }>;
type Thread = Readonly<{ pid: number; thread: number; profile: Profile }>;
type Shares = ReadonlyMap<string, number>;

/** What V8 calls a thread that waits. */
const WAITING = '(idle)';
const TOP = 12;

/** From now on every process of the platform writes its samples into `folder` when it ends. */
export function sampling(folder: string): void {
  const place = resolve(folder);
  mkdirSync(place, { recursive: true });
  const args = ['--cpu-prof', `--cpu-prof-dir=${place}`, process.env['BENCH_NODE_ARGS'] ?? ''];
  process.env['BENCH_NODE_ARGS'] = args.join(' ').trim();
}

/** Names are CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile. */
export function profilesIn(folder: string): readonly Thread[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => {
      const [pid = 0, thread = 0] = name.split('.').slice(3, 5).map(Number);
      return { pid, thread, profile: JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile };
    });
}

/** Samples of a thread inside the span, by what `nameOf` calls their innermost function: shares of the span. */
function sharesOf({ nodes, startTime, samples, timeDeltas }: Profile, { from, to }: Span, nameOf: (node: Node) => string): Shares {
  const byId = new Map(nodes.map((node) => [node.id, nameOf(node)]));
  const found = new Map<string, number>();
  let at = startTime;
  samples.forEach((id, i) => {
    const delta = timeDeltas[i] ?? 0;
    at += delta;
    if (at < from || at > to) return;
    const name = byId.get(id) ?? '';
    found.set(name, (found.get(name) ?? 0) + delta / (to - from));
  });
  return found;
}

/** The package, workspace or part of Node that a function belongs to. */
function homeOf({ callFrame: { functionName, url } }: Node): string {
  if (functionName.startsWith('(')) return functionName;
  const found = /node_modules\/((?:@[^/]+\/)?[^/]+)|\/((?:libs|apps)\/(?:adapters\/)?[^/]+)\//.exec(url);
  return found?.[1] ?? found?.[2] ?? (url.startsWith('node:') ? 'node' : 'built into V8');
}

function functionOf(node: Node): string {
  const { functionName, url, lineNumber } = node.callFrame;
  const file = url.split('/').slice(-1)[0] ?? '';
  return `${functionName || '(no name)'} ${homeOf(node)}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1).padStart(5)} %`;

function lines(shares: Shares, most: number): readonly string[] {
  return [...shares]
    .filter(([name]) => name !== WAITING)
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name, share]) => `  ${percent(share)}  ${name}`);
}

/** Of each thread that had something to do: how much of one core it was, by package and by function. */
export function profileTable({ system, rate, span, pids }: Sampled, threads: readonly Thread[]): string {
  const names = new Map(Object.entries(pids).map(([name, pid]) => [pid, name]));
  const own = threads.filter(({ pid }) => names.has(pid));
  const told = own.map(({ pid, thread, profile }) => {
    const homes = sharesOf(profile, span, homeOf);
    const busy = [...homes].reduce((sum, [name, share]) => sum + (name === WAITING ? 0 : share), 0);
    const head = `${names.get(pid) ?? ''}, thread ${thread}: ${percent(busy).trim()} of a core`;
    return { busy, text: [head, ...lines(homes, TOP), ' by function', ...lines(sharesOf(profile, span, functionOf), TOP)].join('\n') };
  });
  const busiest = told.filter(({ busy }) => busy > 0.02).sort((a, b) => b.busy - a.busy);
  return [`Where the time of ${system} went at ${rate}/s`, ...busiest.map(({ text }) => text)].join('\n\n');
}
