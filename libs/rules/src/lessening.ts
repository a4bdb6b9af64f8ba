import {
  derivedInputs,
  rankOf,
  type AlarmLevel,
  type Derived,
  type ForecastTarget,
  type LadderedRule,
  type LevelStep,
  type Millis,
  type Rule,
} from '@anlan/contracts';
import { editClass } from './edit-class.js';
import { isGated } from './schedule.js';
import type { Laddered } from './laddered.js';
import { leavesOf } from './vote/tally.js';

/**
 * Which orange and red levels of a rule a change puts off or takes away, so that the rule would warn later or not at all (`rulings` 2).
 * `is` null: the rule goes. Both oldest first, as `compileRule` gives them; each new version is held against the one that it takes over from.
 * Whatever else a rule's score is made of counts as all of them, for nobody can tell beforehand which way it moves them.
 * Health rules speak of the sensor and have no such limits.
 */
export function lessenedLevels(was: readonly Rule[], is: readonly Rule[] | null): readonly AlarmLevel[] {
  const found = new Set<AlarmLevel>();
  if (is === null) for (const level of graveOf(was.at(-1))) found.add(level);
  for (const next of is ?? []) for (const level of lessened(ruledAt(was, next.validFrom), next)) found.add(level);
  return [...found];
}

export type Weakened = Readonly<{ ruleId: string; levels: readonly AlarmLevel[] }>;

/**
 * Rules whose orange and red rest on this point: they judge it, or something computed from it. Another formula moves their scores, and nobody can tell
 * beforehand which way.
 */
export function restOnFormula(
  pointId: string,
  { formulas, rules }: Readonly<{ formulas: ReadonlyMap<string, Derived>; rules: Iterable<Rule> }>,
): readonly Weakened[] {
  const moved = computedFrom(pointId, formulas);
  return [...rules].flatMap((rule) => {
    const levels = judges(rule, moved) ? graveOf(rule) : [];
    return levels.length > 0 ? [{ ruleId: rule.id, levels }] : [];
  });
}

/** The point and all that is computed from it, however far. */
function computedFrom(pointId: string, formulas: ReadonlyMap<string, Derived>): ReadonlySet<string> {
  const moved = new Set([pointId]);
  // A set that grows while it is walked through; import refuses circles.
  for (const from of moved) {
    for (const [id, derived] of formulas) if (derivedInputs(derived).some(({ pointId: input }) => input === from)) moved.add(id);
  }
  return moved;
}

function judges(rule: Rule, points: ReadonlySet<string>): boolean {
  if (rule.scope.pointIds.some((id) => points.has(id))) return true;
  if (rule.kind !== 'vote' || rule.way.by !== 'when') return false;
  return leavesOf(rule.way.tree).some((leaf) => 'point' in leaf && leaf.point !== undefined && points.has(leaf.point));
}

/** The version that judges readings of event time `t`; undefined: of now. */
function ruledAt(versions: readonly Rule[], t: Millis = Infinity): Rule | undefined {
  return versions.findLast(({ validFrom = -Infinity }) => validFrom <= t) ?? versions[0];
}

function graveOf(rule: Rule | undefined): readonly AlarmLevel[] {
  return rule && rule.kind !== 'health' && rule.enabled ? graveSteps(rule).map(({ level }) => level) : [];
}

function graveSteps({ levels }: Laddered): readonly LevelStep[] {
  return levels.filter(({ level }) => rankOf(level) >= rankOf('orange'));
}

function lessened(was: Rule | undefined, is: Rule): readonly AlarmLevel[] {
  if (!was || was.kind === 'health' || !was.enabled) return [];
  if (is.kind === 'health' || isNarrower(was, is) || editClass(was, is) === 'structural' || judgesOtherwise(was, is)) return graveOf(was);
  return graveSteps(was)
    .filter((step) => {
      const now = is.levels.find(({ level }) => level === step.level);
      return !now || isLater(step, now, was.side);
    })
    .map(({ level }) => level);
}

/** Does the new version watch less: not at all, not here, not always. */
function isNarrower(was: Laddered, is: Laddered): boolean {
  const points = new Set(is.scope.pointIds);
  return !is.enabled || was.scope.pointIds.some((id) => !points.has(id)) || (isGated(is) && gateText(is) !== gateText(was));
}

function gateText({ active, modes }: Laddered): string {
  return JSON.stringify([active, modes]);
}

/** Keys of every rule with a ladder: what of them lessens is looked for one by one. */
const COMMON = {
  id: true,
  version: true,
  kind: true,
  name: true,
  enabled: true,
  scope: true,
  side: true,
  quality: true,
  maxGapMs: true,
  levels: true,
  validFrom: true,
  source: true,
  active: true,
  modes: true,
} as const satisfies Readonly<Record<keyof LadderedRule<string>, true>>;

/**
 * Whether the score may come out milder: all keys of a kind's own (angles, terms of a forecast, who votes on what) move orange and red without touching
 * `levels`. Which way they move them depends on the course, so each change counts, but for a forecast's limit that came nearer.
 */
function judgesOtherwise(was: Laddered, is: Laddered): boolean {
  const before = ownKeys(was);
  const now = ownKeys(is);
  return [...new Set([...before.keys(), ...now.keys()])].some((key) => !isAlike(before.get(key), now.get(key)) && !isNearer(key, was, is));
}

function ownKeys(rule: Laddered): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(rule).filter(([key]) => !(key in COMMON)));
}

function isAlike(was: unknown, is: unknown): boolean {
  return JSON.stringify(was) === JSON.stringify(is);
}

function isNearer(key: string, was: Laddered, is: Laddered): boolean {
  return key === 'target' && was.kind === 'forecast' && is.kind === 'forecast' && comesNearer(was.target, is.target);
}

function comesNearer(was: ForecastTarget, is: ForecastTarget): boolean {
  return was.side === is.side && (is.side === 'high' ? is.at <= was.at : is.at >= was.at);
}

/** Does the level come later: at a limit farther off, after a longer delay, or after more readings. */
function isLater(was: LevelStep, is: LevelStep, side: Laddered['side']): boolean {
  return is.onDelayMs > was.onDelayMs || is.onCount > was.onCount || isFarther(was, is, side);
}

function isFarther(was: LevelStep, is: LevelStep, side: Laddered['side']): boolean {
  switch (side) {
    case 'high':
      return (is.at ?? 0) > (was.at ?? 0);
    case 'low':
      return (is.at ?? 0) < (was.at ?? 0);
    case 'both':
      return (is.high ?? 0) > (was.high ?? 0) || (is.low ?? 0) < (was.low ?? 0);
  }
}
