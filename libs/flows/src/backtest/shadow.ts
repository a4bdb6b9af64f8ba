/**
 * Drafts that run beside the live rules on live data: judged, counted and listed, and nothing more.
 *
 * Z1  A shadow cannot raise an alarm: it reads the readings log with a place of its own, and writes nowhere.
 * Z2  It begins warm: the stretch of history before its start is judged first, and what was raised then is not told.
 * Z3  Bounded: so many at once and one a person, so many points and days each; gone with the process that holds it.
 */
import type { Millis, Reading } from '@anlan/contracts';
import type { Logger } from '@anlan/observability';
import { pause, type Clock, type Log, type Series } from '@anlan/ports';
import { Subject, map, merge, tap } from 'rxjs';
import { pump } from '../pump.js';
import { batches, beside, waitBy } from '../streams/index.js';
import type { Backtest, Outcome } from './backtest.js';
import type { BacktestOrder } from './desk.js';
import { differenceOf, type Difference } from './difference.js';
import { follow } from './follower.js';
import { history } from './history.js';
import { pairOf } from './pair.js';
import { reportOf, type BacktestReport } from './report.js';
import { runBacktests } from './run.js';

export type ShadowOrder = Omit<BacktestOrder, 'from' | 'to' | 'events'> & Readonly<{ warmUpMs: Millis; forMs: Millis }>;
export type ShadowState = 'warming' | 'running' | 'ended';
export type Shadow = Readonly<{
  id: string;
  by: string;
  ruleId: string;
  pointIds: readonly string[];
  state: ShadowState;
  startedAt: Millis;
  endsAt: Millis;
  /** Of what was raised since it started. */
  report: BacktestReport;
  /** Against the version that stands, over the same readings; null when there is none. */
  difference: Difference | null;
}>;
export type ShadowStarted =
  Readonly<{ kind: 'started'; shadow: Shadow }> | Readonly<{ kind: 'refused'; code: 'one_at_a_time' | 'too_many' }>;
export type ShadowDesk = Readonly<{
  start(order: ShadowOrder): ShadowStarted;
  list(by: string): readonly Shadow[];
  /** Ends and forgets it. False when there is none. */
  stop(by: string, id: string): boolean;
  close(): Promise<void>;
}>;
export type ShadowDeps = Readonly<{
  log: Pick<Log, 'bounds' | 'read' | 'partitionOf'>;
  series: Pick<Series, 'read'>;
  clock: Clock;
  logger: Logger;
}>;

const MOST_AT_ONCE = 5;
const MOST_EPISODES = 1_000;
const READINGS_A_BATCH = 5_000;
const POLL_MS = 1_000;

type Run = {
  readonly id: string;
  readonly order: ShadowOrder;
  readonly startedAt: Millis;
  readonly now: Backtest;
  readonly was: Backtest | undefined;
  state: ShadowState;
  close(): Promise<void>;
};

export function shadowDesk(deps: ShadowDeps): ShadowDesk {
  const { clock } = deps;
  const runs = new Map<string, Run>();
  let made = 0;

  const lasts = ({ state }: Run): boolean => state === 'warming' || state === 'running';
  return {
    start(order) {
      if ([...runs.values()].some((run) => run.order.by === order.by && lasts(run))) return { kind: 'refused', code: 'one_at_a_time' };
      if ([...runs.values()].filter(lasts).length >= MOST_AT_ONCE) return { kind: 'refused', code: 'too_many' };
      // One ended shadow a person is kept to be read; the next one takes its place.
      for (const { id, order: old } of runs.values()) if (old.by === order.by) runs.delete(id);
      made += 1;
      const run = begin(`sh-${clock.now().toString(36)}-${made}`, order, deps);
      runs.set(run.id, run);
      return { kind: 'started', shadow: shadowOf(run, clock.now()) };
    },
    list: (by) => [...runs.values()].filter(({ order }) => order.by === by).map((run) => shadowOf(run, clock.now())),
    stop(by, id) {
      const run = runs.get(id);
      if (run?.order.by !== by) return false;
      runs.delete(id);
      void run.close();
      return true;
    },
    async close() {
      await Promise.all([...runs.values()].map((run) => run.close()));
    },
  };
}

function begin(id: string, order: ShadowOrder, deps: ShadowDeps): Run {
  const { clock, logger } = deps;
  const { points, now, was } = pairOf({ ...order, mostEpisodes: MOST_EPISODES });
  const follower = follow(order, deps.log);
  const startedAt = clock.now();
  const ended = new AbortController();
  let isBroken = false;
  const judging = judged({ now, was, clock }, (which, error) => {
    isBroken = true;
    logger.error('a shadow run broke and has ended', { rule: order.ruleId, version: which, error: String(error) });
  });
  const end = (): void => {
    ended.abort();
    judging.end();
  };

  const warmUp = async (): Promise<void> => {
    await follower.mark();
    const stretch = { points, from: startedAt - order.warmUpMs, to: startedAt };
    const chunks = (async function* () {
      for await (const { readings } of history(deps.series, stretch)) yield follower.seen(readings);
    })();
    await runBacktests([{ feed: judging.past }], chunks, { clock, signal: ended.signal });
  };
  const pull = async (signal: AbortSignal): Promise<void> => {
    if (run.state === 'warming') {
      await warmUp();
      run.state = 'running';
    }
    if (isBroken || clock.now() >= startedAt + order.forMs) {
      end();
      run.state = 'ended';
      await pause(clock, order.forMs, signal);
      return;
    }
    const { readings, isEnd } = await follower.next();
    for (const reading of readings) judging.live(reading);
    if (isEnd) await pause(clock, POLL_MS, signal);
  };
  const loop = pump({
    clock,
    pull,
    onFailure: (error) => logger.warn('a shadow run waits', { rule: order.ruleId, reason: String(error) }),
  });
  const run: Run = {
    ...{ id, order, startedAt, now, was, state: 'warming' },
    close() {
      end();
      return loop.drain();
    },
  };
  loop.start();
  return run;
}

type Judging = Readonly<{
  /** Readings of history, in the order of their times. */
  past(readings: readonly Reading[]): void;
  /** What came just now: judged within a second, in the order of time with all that came with it. */
  live(reading: Reading): void;
  /** Judges what is held and takes no more. */
  end(): void;
}>;
type Judges = Readonly<{ now: Backtest; was: Backtest | undefined; clock: Clock }>;

/** The draft beside the version that stands, over one stream of readings. What breaks one of them leaves the other with all it was given. */
function judged({ now, was, clock }: Judges, onBroken: (which: 'draft' | 'standing', error: unknown) => void): Judging {
  const past = new Subject<readonly Reading[]>();
  const live = new Subject<Reading>();
  const gathered = live.pipe(
    batches({ most: READINGS_A_BATCH, everyMs: POLL_MS, wait: waitBy(clock) }),
    map((readings) => [...readings].sort((a, b) => a.t - b.t)),
  );
  merge(past, gathered)
    .pipe(
      beside({ draft: tap((readings) => now.feed(readings)), onBroken: (error) => onBroken('draft', error) }),
      tap((readings) => was?.feed(readings)),
    )
    .subscribe({ error: (error: unknown) => onBroken('standing', error) });
  return {
    past: (readings) => past.next(readings),
    live: (reading) => live.next(reading),
    end() {
      live.complete();
      past.complete();
    },
  };
}

function shadowOf({ id, order, startedAt, now, was, state }: Run, at: Millis): Shadow {
  const outcome = since(now.outcome(at), startedAt);
  const { by, ruleId } = order;
  return {
    ...{ id, by, ruleId, state, startedAt, endsAt: startedAt + order.forMs },
    pointIds: order.points.map(({ pointId }) => pointId),
    report: reportOf(outcome),
    difference: was ? differenceOf(since(was.outcome(at), startedAt).episodes, outcome.episodes) : null,
  };
}

function since(outcome: Outcome, start: Millis): Outcome {
  return {
    ...outcome,
    from: outcome.from === null ? null : Math.max(outcome.from, start),
    to: outcome.to === null ? null : Math.max(outcome.to, start),
    episodes: outcome.episodes.filter(({ raisedAt }) => raisedAt >= start),
  };
}
