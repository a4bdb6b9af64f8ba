/**
 * Rules over readings of the past, in virtual time: the engine of the live platform on log records made of the readings themselves.
 *
 * K1  Log time is event time: each reading arrives when it was measured, so what is told is what a live platform would have told.
 * K2  Batches change nothing: readings share a record only while nothing can fall due between them, and points that no rule joins are judged apart.
 * K3  Nothing leaves: no log, no store, no notice.
 */
import type { Activation, Millis, PointSpec, Reading, Rule, Verdict } from '@anlan/contracts';
import { SKEW_LIMIT_MS } from '@anlan/rules';
import { episodeFold, type Episode } from './episodes.js';
import { lane, type Lane } from './lane.js';

export type BacktestSetup = Readonly<{
  /** What the engine is to run; `version` and removals are not asked for. */
  activation: Omit<Activation, 'version' | 'removedRuleIds' | 'removedPointIds'>;
  /** Judge silence too: the implicit health rule of each point. Off, only rules of `activation` speak. */
  silence?: boolean;
  /** Episodes kept; further ones are counted. */
  mostEpisodes?: number;
  /** Keep only the episodes of this rule; others are judged because it needs them. */
  ofRule?: string;
  /** Absent: true. Evidence makes long lists heavy. */
  withEvidence?: boolean;
  /** Sees every verdict; those of one point in order. */
  onVerdict?(verdict: Verdict): void;
}>;

export type Outcome = Readonly<{
  readings: number;
  /** Event times of the first and last reading; null when there was none. */
  from: Millis | null;
  to: Millis | null;
  episodes: readonly Episode[];
  dropped: number;
}>;

export type Backtest = Readonly<{
  /** Takes further readings, in the order of their times. Readings that go back in time are judged as late; those of unknown points are not judged. */
  feed(readings: readonly Reading[]): void;
  /** What came out so far, once time has passed to `until` (absent: to the last reading), as far as held values count. */
  outcome(until?: Millis): Outcome;
}>;

const MOST_EPISODES = 10_000;

export function backtest(setup: BacktestSetup): Backtest {
  const { activation, silence = false, mostEpisodes = MOST_EPISODES, ofRule, withEvidence = true, onVerdict } = setup;
  const fold = episodeFold(mostEpisodes);
  const laneOf = lanesFor(settled(activation, silence), {
    isCalm: !silence && activation.rules.every(({ kind }) => kind !== 'health'),
    onVerdict(verdict) {
      if (ofRule === undefined || verdict.key.ruleId === ofRule) fold.take(withEvidence ? verdict : plain(verdict));
      onVerdict?.(verdict);
    },
  });
  let from: Millis | null = null;
  let to: Millis | null = null;
  let count = 0;

  return {
    feed(readings) {
      if (readings.length === 0) return;
      count += readings.length;
      from = Math.min(from ?? Infinity, readings[0]?.t ?? Infinity);
      to = Math.max(to ?? -Infinity, readings.at(-1)?.t ?? -Infinity);
      for (const [pointId, own] of laneOf.split(readings)) laneOf.lane(pointId)?.feed(own);
    },
    outcome(until) {
      if (to !== null) for (const one of laneOf.all()) one.until(Math.max(to, until ?? to));
      return { readings: count, from, to, episodes: fold.episodes(), dropped: fold.dropped() };
    },
  };
}

function plain({ evidence: _evidence, ...verdict }: Verdict): Verdict {
  return verdict;
}

type Lanes = Readonly<{
  /** Readings by the lane that takes them. */
  split(readings: readonly Reading[]): Iterable<readonly [pointId: string, readings: readonly Reading[]]>;
  lane(pointId: string): Lane | undefined;
  all(): Iterable<Lane>;
}>;
type LanesSetup = Readonly<{ isCalm: boolean; onVerdict(verdict: Verdict): void }>;

/** One lane for all where points are joined, else one a point. */
function lanesFor(activation: Activation, { isCalm, onVerdict }: LanesSetup): Lanes {
  const lanes = new Map<string, Lane>();
  if (isJoined(activation)) {
    const only = lane({ activation, isAlone: false, onVerdict });
    return { split: (readings) => [['', readings]], lane: () => only, all: () => [only] };
  }
  const specs = new Map(activation.points.map((spec) => [spec.pointId, spec]));
  const rules = rulesByPoint(activation.rules);
  return {
    split: byPoint,
    lane(pointId) {
      const known = lanes.get(pointId);
      const spec = known ? undefined : specs.get(pointId);
      if (!spec) return known;
      const own = { ...activation, points: [spec], rules: rules.get(pointId) ?? [] };
      const made = lane({ activation: own, isAlone: isCalm, onVerdict });
      lanes.set(pointId, made);
      return made;
    },
    all: () => lanes.values(),
  };
}

function isJoined({ rules, points }: Activation): boolean {
  return (
    rules.some((rule) => rule.kind === 'vote' || (rule.kind === 'accel' && rule.redNeeds.startsWith('2points'))) ||
    points.some(({ derived }) => derived !== undefined)
  );
}

function byPoint(readings: readonly Reading[]): ReadonlyMap<string, readonly Reading[]> {
  const groups = new Map<string, Reading[]>();
  for (const reading of readings) {
    const group = groups.get(reading.pointId);
    if (group) group.push(reading);
    else groups.set(reading.pointId, [reading]);
  }
  return groups;
}

/** Each point's rules, with the point as their whole scope. */
function rulesByPoint(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const byId = new Map<string, Rule[]>();
  for (const rule of rules)
    for (const pointId of rule.scope.pointIds)
      byId.set(pointId, [...(byId.get(pointId) ?? []), { ...rule, scope: { pointIds: [pointId] } }]);
  return byId;
}

/** Points of history: no age makes them old, and order is that of the readings. */
function settled(activation: BacktestSetup['activation'], silence: boolean): Activation {
  const points = activation.points.map((point): PointSpec => ({ ...point, liveHorizonMs: null, reorderMs: 0 }));
  const rules = silence ? activation.rules : [...activation.rules, unwatched(points, activation.rules)];
  return { ...activation, version: 1, points, rules, removedRuleIds: [], removedPointIds: [] };
}

/** Takes the place of the implicit health rule where silence is not asked for. */
function unwatched(points: readonly PointSpec[], rules: readonly Rule[]): Rule {
  const watched = new Set(rules.flatMap((rule) => (rule.kind === 'health' ? rule.scope.pointIds : [])));
  const pointIds = points.map(({ pointId }) => pointId).filter((id) => !watched.has(id));
  const stale = { afterMs: Infinity, level: 'yellow' } as const;
  const clockSkew = { overMs: SKEW_LIMIT_MS, level: 'yellow' } as const;
  return { id: '~unwatched', version: 1, kind: 'health', enabled: true, scope: { pointIds }, stale, clockSkew };
}
