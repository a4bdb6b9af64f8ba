/**
 * Back-tests that people order on the running platform.
 *
 * O1  The live platform goes first: one order at a time, in slices of a few milliseconds, reading only the series.
 * O2  Bounded: one order a person waiting or running, ten in all, so many readings an order, so many finished ones kept, each for an hour.
 * O3  Nothing is sent, stored or logged by an order; its report is all that it leaves.
 */
import type { Millis } from '@anlan/contracts';
import { SeriesUnavailable, type Clock, type Series } from '@anlan/ports';
import type { Logger } from '@anlan/observability';
import type { Backtest, Outcome } from './backtest.js';
import { differenceOf, type Difference } from './difference.js';
import { history } from './history.js';
import { pairOf, type Trial } from './pair.js';
import { reportOf, type BacktestReport, type LabelledEvent } from './report.js';
import { runBacktests } from './run.js';

export type BacktestOrder = Trial &
  Readonly<{
    /** Who ordered it. */
    by: string;
    from: Millis;
    to: Millis;
    events?: readonly LabelledEvent[];
  }>;

export type BacktestState = 'queued' | 'running' | 'done' | 'failed';
export type BacktestProblem = 'series_unavailable' | 'too_many_readings' | 'stopped' | 'internal';
export type BacktestJob = Readonly<{
  id: string;
  by: string;
  ruleId: string;
  from: Millis;
  to: Millis;
  state: BacktestState;
  /** 0…1 of the time asked for. */
  progress: number;
  readings: number;
  createdAt: Millis;
  endedAt: Millis | null;
  problem: BacktestProblem | null;
  report: BacktestReport | null;
  difference: Difference | null;
}>;
export type Submitted =
  Readonly<{ kind: 'accepted'; job: BacktestJob }> | Readonly<{ kind: 'refused'; code: 'one_at_a_time' | 'queue_full' }>;
export type BacktestDesk = Readonly<{
  submit(order: BacktestOrder): Submitted;
  job(id: string): BacktestJob | undefined;
  /** Ends what runs and what waits. */
  stop(): void;
}>;
export type BacktestDeskDeps = Readonly<{ series: Pick<Series, 'read'>; clock: Clock; logger: Logger; limits?: Partial<BacktestLimits> }>;
export type BacktestLimits = Readonly<{ queue: number; readings: number; kept: number; keptMs: Millis; episodes: number }>;

const LIMITS: BacktestLimits = { queue: 10, readings: 20_000_000, kept: 50, keptMs: 3_600_000, episodes: 1_000 };

class TooMany extends Error {
  override readonly name = 'TooMany';
}

export function backtestDesk({ series, clock, logger, limits: given }: BacktestDeskDeps): BacktestDesk {
  const limits = { ...LIMITS, ...given };
  const jobs = new Map<string, BacktestJob>();
  const queue: Readonly<{ id: string; order: BacktestOrder }>[] = [];
  const ended = new AbortController();
  let isRunning = false;
  let made = 0;

  const change = (id: string, more: Partial<BacktestJob>): void => {
    const job = jobs.get(id);
    if (job) jobs.set(id, { ...job, ...more });
  };
  const isOpen = ({ state }: BacktestJob): boolean => state === 'queued' || state === 'running';

  const forget = (): void => {
    const closed = [...jobs.values()].filter((job) => !isOpen(job));
    const old = closed.filter(({ endedAt }) => (endedAt ?? 0) + limits.keptMs < clock.now());
    const many = closed.slice(0, Math.max(0, closed.length - limits.kept));
    for (const { id } of [...old, ...many]) jobs.delete(id);
  };

  const work = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { id, order } = next;
      change(id, { state: 'running' });
      const more = await tried(id, order);
      change(id, { ...more, endedAt: clock.now() });
    }
    isRunning = false;
  };

  const tried = async (id: string, order: BacktestOrder): Promise<Partial<BacktestJob>> => {
    try {
      return await run(order, { series, clock, limits, signal: ended.signal, onProgress: (more) => change(id, more) });
    } catch (error) {
      const problem =
        error instanceof TooMany ? 'too_many_readings' : error instanceof SeriesUnavailable ? 'series_unavailable' : 'internal';
      if (problem === 'internal') logger.error('a back-test broke', { rule: order.ruleId, error: String(error) });
      return { state: 'failed', problem };
    }
  };

  return {
    submit(order) {
      forget();
      const open = [...jobs.values()].filter(isOpen);
      if (open.some(({ by }) => by === order.by)) return { kind: 'refused', code: 'one_at_a_time' };
      if (open.length >= limits.queue || ended.signal.aborted) return { kind: 'refused', code: 'queue_full' };
      made += 1;
      const { by, ruleId, from, to } = order;
      const id = `bt-${clock.now().toString(36)}-${made}`;
      const job: BacktestJob = {
        ...{ id, by, ruleId, from, to, state: 'queued', progress: 0, readings: 0 },
        ...{ createdAt: clock.now(), endedAt: null, problem: null, report: null, difference: null },
      };
      jobs.set(id, job);
      queue.push({ id, order });
      void work();
      return { kind: 'accepted', job };
    },
    job(id) {
      forget();
      return jobs.get(id);
    },
    stop: () => ended.abort(),
  };
}

type RunDeps = Readonly<{
  series: Pick<Series, 'read'>;
  clock: Clock;
  limits: BacktestLimits;
  signal: AbortSignal;
  onProgress(more: Pick<BacktestJob, 'progress' | 'readings'>): void;
}>;

async function run(order: BacktestOrder, { series, clock, limits, signal, onProgress }: RunDeps): Promise<Partial<BacktestJob>> {
  const { from, to, events } = order;
  const { points, now, was } = pairOf({ ...order, mostEpisodes: limits.episodes });
  let readings = 0;
  let progress = 0;
  const chunks = async function* (): AsyncGenerator<readonly PointReading[]> {
    for await (const chunk of history(series, { points, from, to })) {
      readings += chunk.readings.length;
      if (readings > limits.readings) throw new TooMany();
      yield chunk.readings;
      progress = (chunk.readTo - from) / (to - from);
      onProgress({ progress, readings });
    }
  };
  const isWhole = await runBacktests(was ? [now, was] : [now], chunks(), { clock, signal });
  if (!isWhole) return { state: 'failed', problem: 'stopped' };
  const outcome: Outcome = now.outcome(to);
  const difference = was ? differenceOf(was.outcome(to).episodes, outcome.episodes) : null;
  return { state: 'done', progress: 1, readings, report: reportOf(outcome, events), difference };
}

type PointReading = Parameters<Backtest['feed']>[0][number];
