/** One vote at work, and what it reads of the world. */
import { rankOf, type Millis, type PointSpec, type VoteRule, type VoteTree } from '@anlan/contracts';
import { hasRuns, raisedIn } from '../ladder-state.js';
import type { PointState } from '../point.js';
import type { Roster } from '../roster.js';
import { isCalm, shownOf } from '../slot-rest.js';
import { newest, type Versions } from '../versions.js';
import { domainOf, shownOn, stateOf, UNKNOWN, type Shown } from './member.js';
import { leavesOf, type LeafTruth, type Member } from './tally.js';

/** A member as last looked at. `seen`: until when each rank was last shown, blue first; null where the vote has no window. */
export type Seat = { shown: Shown; readonly domain: string; seen: number[] | null };
export type Run = {
  readonly ruleId: string;
  readonly versions: Versions;
  /** Never in the roster: it carries the ladder of the vote, under the spec of the place. */
  readonly place: PointState;
  seats: Map<string, Seat>;
  order: number;
  /** Event time of the newest change of a member that was not yet voted on. */
  changedT: Millis;
  isDue: boolean;
};

export function sorted(runs: Iterable<Run>): readonly Run[] {
  return [...runs].sort((a, b) => a.order - b.order || (a.ruleId < b.ruleId ? -1 : 1));
}

export function ruleOf(versions: Versions | undefined): VoteRule | undefined {
  const rule = versions && newest(versions)?.rule;
  return rule?.kind === 'vote' && rule.enabled ? rule : undefined;
}

/** Where the vote is shown: the place that the rule names, or the first member that is there. */
export function specOf({ points }: Roster, { place, scope }: VoteRule): PointSpec | undefined {
  const ids = [place, ...[...scope.pointIds].sort()];
  const found = ids.find((id) => points.has(id));
  const spec = found === undefined ? undefined : points.get(found)?.spec;
  return spec && { ...spec, reorderMs: 0 };
}

export function counts({ rules, id }: VoteRule): (ruleId: string) => boolean {
  return rules ? (ruleId) => rules.includes(ruleId) : (ruleId) => ruleId !== id;
}

/** Votes that this one depends on. */
export function belowOf(rule: VoteRule): readonly string[] {
  const leaves = rule.way.by === 'when' ? leavesOf(rule.way.tree).flatMap((leaf) => ('rule' in leaf ? [leaf.rule] : [])) : [];
  return [...new Set([...(rule.items ?? []), ...leaves])].filter((id) => id !== rule.id);
}

/** Points whose changes call for this vote. */
export function heardBy(roster: Roster, rule: VoteRule, run: Run): ReadonlySet<string> {
  const leaves = rule.way.by === 'when' ? leavesOf(rule.way.tree) : [];
  return new Set([...run.seats.keys(), ...leaves.flatMap((leaf) => pointsOf(leaf, roster, run))]);
}

/** The points that a leaf of the condition looks at. */
function pointsOf(leaf: VoteTree, { points, rules }: Roster, { seats, place }: Run): readonly string[] {
  if ('point' in leaf && leaf.point !== undefined) return [leaf.point];
  if (!('rule' in leaf)) return [];
  const versions = rules.get(leaf.rule);
  const rule = versions && newest(versions)?.rule;
  // Of a rule that does not run nobody knows what it would show.
  const judged = rule?.enabled ? rule.scope.pointIds : [];
  const members = judged.filter((id) => seats.has(id));
  return members.length > 0 ? members : judged.filter((id) => points.get(id)?.spec.siteId === place.spec.siteId);
}

export function seats({ points }: Roster, rule: VoteRule, was: Run): Map<string, Seat> {
  const found = new Map<string, Seat>();
  const seen = (id: string): number[] | null => (rule.windowMs > 0 ? (was.seats.get(id)?.seen ?? [NEVER, NEVER, NEVER, NEVER]) : null);
  for (const id of rule.items ?? []) found.set(id, { shown: was.seats.get(id)?.shown ?? UNKNOWN, domain: id, seen: seen(id) });
  if (rule.items) return found;
  for (const id of [...rule.scope.pointIds].sort()) {
    const point = points.get(id);
    const domain = point ? domainOf(point, rule.domains) : id;
    found.set(id, { shown: was.seats.get(id)?.shown ?? shownOn(point, counts(rule)), domain, seen: seen(id) });
  }
  return found;
}

/** Finite, so that it goes through JSON. */
const NEVER = -1e15;

export function shownBy({ place }: Run): Shown {
  const [slot] = place.slots;
  if (!slot) return UNKNOWN;
  const shown = shownOf(slot);
  return { rank: shown.process === 'normal' ? 0 : shown.level, changedAt: shown.changedAt, state: stateOf(place) };
}

export type World = Readonly<{ roster: Roster; runs: ReadonlyMap<string, Run> }>;

export function shownAt(id: string, rule: VoteRule, { roster, runs }: World): Shown {
  if (!rule.items) return shownOn(roster.points.get(id), counts(rule));
  const item = runs.get(id);
  return item ? shownBy(item) : UNKNOWN;
}

/** A level seen within the window counts as if it stood. */
export function membersOf({ seats }: Run, { windowMs }: VoteRule, t: Millis): readonly Member[] {
  const members: Member[] = [];
  seats.forEach(({ shown, domain, seen }, id) => {
    const recent = seen ? seen.findLastIndex((at) => t - at <= windowMs) + 1 : 0;
    members.push({ id, domain, rank: Math.max(shown.rank, recent), state: shown.state });
  });
  return members;
}

/** Time may still change something, by its delays or its window. */
export function isOpen(run: Run): boolean {
  return !run.place.slots.every(isCalm) || movesByTime(run);
}

/** Falls are completed by samples only, and what the window holds runs out unheard. Rises come by themselves. */
export function movesByTime({ place, seats, versions }: Run): boolean {
  const isFalling = place.slots.some(({ traits }) => hasRuns(traits) && raisedIn(traits) !== 0);
  const windowMs = ruleOf(versions)?.windowMs ?? 0;
  return isFalling || (windowMs > 0 && [...seats.values()].some(({ seen }) => seen?.some((at) => place.wm - at <= windowMs)));
}

export function truthOf(leaf: VoteTree, { roster, run, runs }: World & Readonly<{ run: Run }>): LeafTruth {
  if ('side' in leaf) {
    const point = roster.points.get(leaf.point);
    const state = stateOf(point);
    if (!point || state !== 'fresh') return state === 'waiting' ? state : 'lost';
    return leaf.side === 'high' ? point.lastV >= leaf.at : point.lastV <= leaf.at;
  }
  if (!('rule' in leaf)) return 'lost';
  const item = runs.get(leaf.rule);
  const ids = pointsOf(leaf, roster, run);
  const found = item ? [shownBy(item)] : ids.map((id) => shownOn(roster.points.get(id), (ruleId) => ruleId === leaf.rule));
  if (found.some(({ rank, state }) => state === 'fresh' && rank >= rankOf(leaf.level))) return true;
  if (found.length === 0 || found.some(({ state }) => state === 'lost')) return 'lost';
  return found.every(({ state }) => state === 'fresh') ? false : 'waiting';
}

export type SavedSeats = Readonly<Record<string, readonly number[]>>;

export function saveSeats({ seats }: Run): SavedSeats {
  return Object.fromEntries([...seats].flatMap(([id, { seen }]) => (seen?.some((at) => at !== NEVER) ? [[id, seen] as const] : [])));
}

export function loadSeats({ seats }: Run, saved: SavedSeats): void {
  for (const [id, seat] of seats) if (seat.seen && saved[id]) seat.seen = [...saved[id]];
}
