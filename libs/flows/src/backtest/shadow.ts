/**
 * Drafts that run beside the live rules on live data: judged, counted and listed, and nothing more.
 *
 * Z1  A shadow cannot raise an alarm: it reads the readings log with a place of its own, and writes nowhere.
 * Z2  It begins warm: the stretch of history before its start is judged first, and what was raised then is not told.
 * Z3  Bounded: so many at once and one a person, so many points and days each; gone with the process that holds it.
 */
import { TOPICS, type Millis, type PointSpec, type Reading } from '@anlan/contracts';
import type { Logger } from '@anlan/observability';
import { pause, type Clock, type Log, type Series } from '@anlan/ports';
import { pump } from '../pump.js';
import { readingsValue } from '../readings-value.js';
import { backtest, type Backtest, type Outcome } from './backtest.js';
import type { BacktestOrder } from './desk.js';
import { differenceOf, type Difference } from './difference.js';
import { history } from './history.js';
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
const RECORDS_A_TURN = 1_000;
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

/** What was computed live stands in the log and in the series like everything else. */
function plainPoints({ points }: ShadowOrder): readonly PointSpec[] {
  return points.map(({ derived: _derived, ...spec }) => spec);
}

function begin(id: string, order: ShadowOrder, deps: ShadowDeps): Run {
  const { clock, logger } = deps;
  const points = plainPoints(order);
  const testOf = (rules: ShadowOrder['rules']): Backtest =>
    backtest({ activation: { points, rules }, mostEpisodes: MOST_EPISODES, withEvidence: false, ofRule: order.ruleId });
  const follower = follow(order, deps);
  const startedAt = clock.now();
  const ended = new AbortController();
  const tests = [testOf(order.rules), ...(order.before ? [testOf(order.before)] : [])];
  const [now = testOf(order.rules), was] = tests;

  const pull = async (signal: AbortSignal): Promise<void> => {
    if (run.state === 'warming') {
      await follower.mark();
      const stretch = { points, from: startedAt - order.warmUpMs, to: startedAt };
      const chunks = (async function* () {
        for await (const { readings } of history(deps.series, stretch)) yield follower.seen(readings);
      })();
      await runBacktests(tests, chunks, { clock, signal: ended.signal });
      run.state = 'running';
    }
    if (clock.now() >= startedAt + order.forMs) {
      run.state = 'ended';
      ended.abort();
      await pause(clock, order.forMs, signal);
      return;
    }
    const readings = await follower.next();
    for (const test of tests) test.feed(readings);
    if (readings.length === 0) await pause(clock, POLL_MS, signal);
  };
  const loop = pump({
    clock,
    pull,
    onFailure: (error) => logger.warn('a shadow run waits', { rule: order.ruleId, reason: String(error) }),
  });
  const run: Run = {
    ...{ id, order, startedAt, now, was, state: 'warming' },
    close() {
      ended.abort();
      return loop.drain();
    },
  };
  loop.start();
  return run;
}

type Follower = Readonly<{
  /** Takes the place in the log from which it goes on, before history is read. */
  mark(): Promise<void>;
  /** Remembers what history has told, and passes it on once: the stretch is read again after a failure. */
  seen(readings: readonly Reading[]): readonly Reading[];
  /** What has come since; empty when nothing has. */
  next(): Promise<readonly Reading[]>;
}>;

/** The readings of some points as they come into the log, each once: what stands in history already is passed over. */
function follow(order: ShadowOrder, { log }: ShadowDeps): Follower {
  const wanted = new Set(order.points.map(({ pointId }) => pointId));
  const sites = new Set(order.points.map(({ siteId }) => siteId));
  const partitions = new Set([...sites].map((siteId) => log.partitionOf(TOPICS.readings, siteId)));
  const places = new Map<number, number>();
  const told = new Map<string, Millis>();
  return {
    async mark() {
      for (const partition of partitions) places.set(partition, (await log.bounds(TOPICS.readings, partition)).next);
    },
    seen(readings) {
      const fresh = readings.filter(({ pointId, t }) => t > (told.get(pointId) ?? -Infinity));
      for (const { pointId, t } of fresh) told.set(pointId, t);
      return fresh;
    },
    async next() {
      const found: Reading[] = [];
      for (const [partition, place] of places) {
        const records = await log.read(TOPICS.readings, partition, place, RECORDS_A_TURN);
        for (const { key, value, offset } of records) {
          places.set(partition, offset + 1);
          if (!sites.has(key)) continue;
          const record = readingsValue(value);
          if (record && 'readings' in record)
            found.push(...record.readings.filter(({ pointId, t }) => wanted.has(pointId) && t > (told.get(pointId) ?? -Infinity)));
        }
      }
      return found.sort((a, b) => a.t - b.t);
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
