/** Who is judged by what: points, rules and their slots, kept in step with the registry by activations (AS 3.7). */
import type { Activation, Millis, PointSpec, Rule } from '@anlan/contracts';
import { release } from './arrival.js';
import { derivations, type Derivations } from './derived/run.js';
import { startTrace } from './detector.js';
import { editClass } from './edit-class.js';
import { endHealth, endUnwatched, implicitHealth, isImplicit, newHealthSlot, type HealthSlot } from './health.js';
import { ladderRows, type LadderRows } from './ladder-rows.js';
import { PointState, valueOf, voiceOf } from './point.js';
import { dropSlot, inHand, newSlot, type SlotAtRest } from './slot-rest.js';
import { endSlot } from './slot.js';
import type { Desk } from './telling.js';
import { stateOf } from './vote/member.js';
import { addVersion, newest, type Compiled, type Versions } from './versions.js';
import { beginWaiting } from './warm-up.js';

export type Roster = Readonly<{
  points: Map<string, PointState>;
  rules: Map<string, Versions>;
  ladders: LadderRows;
  /** Ids of the rules that have a point in scope which is not there (yet). */
  waiting: Map<string, readonly string[]>;
  derived: Derivations;
  /** Slots that may wait for their history; null: none ever does. */
  cold: Map<SlotAtRest, PointState> | null;
}>;

export function newRoster({ warmsUp = false }: Readonly<{ warmsUp?: boolean }> = {}): Roster {
  const cold = warmsUp ? new Map<SlotAtRest, PointState>() : null;
  return { points: new Map(), rules: new Map(), ladders: ladderRows(), waiting: new Map(), derived: derivations(), cold };
}

type End = 'rule_removed' | 'point_removed';

/** Applies one activation. Returns the ids of the points that it touched; what stood under removed things ends on the desk. */
export function activate(roster: Roster, activation: Activation, desk: Desk): ReadonlySet<string> {
  const touched = new Set<string>();
  // A scope may name points of other partitions.
  const touch = (id: string): void => void (roster.points.has(id) && touched.add(id));
  for (const id of activation.removedPointIds) if (removePoint(roster, id, desk)) touched.add(id);
  for (const id of activation.removedRuleIds) for (const pointId of removeRule(roster, id, desk)) touch(pointId);
  for (const spec of activation.points) {
    putPoint(roster, spec, desk);
    touched.add(spec.pointId);
  }
  for (const rule of activation.rules) for (const pointId of putRule(roster, rule, desk)) touch(pointId);
  for (const id of touched) settleHealth(roster.points.get(id), desk);
  roster.derived.settle(roster.points, touched);
  return touched;
}

function removePoint(roster: Roster, id: string, desk: Desk): boolean {
  const point = roster.points.get(id);
  if (!point) return false;
  for (const slot of point.slots) {
    leaveSlot(point, slot, 'point_removed', desk);
    dropSlot(slot);
  }
  for (const slot of point.health) leaveHealth(point, slot, 'point_removed', desk);
  const ruleIds = [...point.slots, ...point.health].map((slot) => slot.versions.ruleId).filter((ruleId) => ruleId !== '');
  if (ruleIds.length > 0) roster.waiting.set(id, ruleIds);
  return roster.points.delete(id);
}

function putPoint(roster: Roster, spec: PointSpec, desk: Desk): void {
  const known = roster.points.get(spec.pointId);
  if (known) {
    known.spec = spec;
    return;
  }
  const point = new PointState(spec, desk.at);
  roster.points.set(spec.pointId, point);
  for (const ruleId of roster.waiting.get(spec.pointId) ?? []) {
    const versions = roster.rules.get(ruleId);
    if (versions) join(roster, point, versions);
  }
  roster.waiting.delete(spec.pointId);
}

function removeRule(roster: Roster, ruleId: string, desk: Desk): readonly string[] {
  const scope = scopeOf(roster, ruleId);
  for (const pointId of scope) leave(roster, pointId, ruleId, desk);
  roster.rules.delete(ruleId);
  return scope;
}

function putRule(roster: Roster, rule: Rule, desk: Desk): readonly string[] {
  const before = scopeOf(roster, rule.id);
  const versions = roster.rules.get(rule.id) ?? newVersions(roster, rule.id);
  const was = newest(versions);
  roster.rules.set(rule.id, versions);
  addVersion(versions, rule);
  const is = rule.enabled ? rule.scope.pointIds : [];
  const stays = new Set(is);
  const isAnother = was !== undefined && was.rule.kind !== rule.kind;
  for (const pointId of before) if (isAnother || !stays.has(pointId)) leave(roster, pointId, rule.id, desk);
  for (const pointId of is) {
    const point = roster.points.get(pointId);
    if (!point) {
      roster.waiting.set(pointId, [...(roster.waiting.get(pointId) ?? []).filter((id) => id !== rule.id), rule.id]);
      continue;
    }
    const memory = slotOf(point, rule.id)?.trace;
    join(roster, point, versions);
    if (was) edit(point, { was, versions }, desk);
    const slot = slotOf(point, rule.id);
    if (roster.cold && slot && slot.trace !== memory && beginWaiting(point, slot)) roster.cold.set(slot, point);
  }
  return [...new Set([...before, ...is])];
}

function newVersions({ points, rules }: Roster, ruleId: string): Versions {
  const scope = (): readonly string[] => newest(rules.get(ruleId) ?? { ruleId, list: [] })?.rule.scope.pointIds ?? [];
  return {
    ruleId,
    list: [],
    isConfirmed(pointId, least) {
      const mine = points.get(pointId)?.spec;
      return scope().some((id) => {
        const other = points.get(id);
        if (!mine || !other || other.spec.siteId !== mine.siteId || other.spec.deviceId === mine.deviceId) return false;
        return stateOf(other) === 'fresh' && (slotOf(other, ruleId)?.trace?.score ?? 0) >= least;
      });
    },
  };
}

export function slotOf({ slots }: PointState, ruleId: string): SlotAtRest | undefined {
  return slots.find(({ versions }) => versions.ruleId === ruleId);
}

/** Points that have the rule in scope now. */
function scopeOf(roster: Roster, ruleId: string): readonly string[] {
  const now = roster.rules.get(ruleId);
  const rule = now && newest(now)?.rule;
  return rule?.enabled ? rule.scope.pointIds : [];
}

function join({ ladders }: Roster, point: PointState, versions: Versions): void {
  const rule = newest(versions)?.rule;
  // Votes have a stage of their own.
  if (!rule?.enabled || rule.kind === 'vote') return;
  const isMine = (slot: Readonly<{ versions: Versions }>): boolean => slot.versions.ruleId === rule.id;
  if (rule.kind === 'health') {
    if (!point.health.some(isMine)) point.health = sorted([...point.health, newHealthSlot(versions)]);
  } else if (!point.slots.some(isMine)) {
    const slot = newSlot(versions, ladders);
    if (slot) point.slots = sorted([...point.slots, slot]);
  }
}

/** Order of judging, the same whatever the order of activation. */
function sorted<S extends Readonly<{ versions: Versions }>>(slots: readonly S[]): readonly S[] {
  return [...slots].sort((a, b) => (a.versions.ruleId < b.versions.ruleId ? -1 : 1));
}

function leave(roster: Roster, pointId: string, ruleId: string, desk: Desk): void {
  const point = roster.points.get(pointId);
  if (!point) {
    const others = (roster.waiting.get(pointId) ?? []).filter((id) => id !== ruleId);
    if (others.length > 0) roster.waiting.set(pointId, others);
    else roster.waiting.delete(pointId);
    return;
  }
  // What came before the rule left is judged before it leaves: else its readings would be judged twice if the rule comes back.
  release(point, Infinity, desk);
  for (const slot of point.slots) {
    if (slot.versions.ruleId !== ruleId) continue;
    leaveSlot(point, slot, 'rule_removed', desk);
    dropSlot(slot);
  }
  for (const slot of point.health) if (slot.versions.ruleId === ruleId) leaveHealth(point, slot, 'rule_removed', desk);
  point.slots = point.slots.filter((slot) => slot.versions.ruleId !== ruleId);
  point.health = point.health.filter((slot) => slot.versions.ruleId !== ruleId);
}

/** Event time at which things end that no reading ended: the point's last, else log time. */
function endTime(point: PointState, at: Millis): Millis {
  return Number.isFinite(point.wm) ? point.wm : at;
}

export function leaveSlot(point: PointState, rest: SlotAtRest, trigger: End, desk: Desk): void {
  inHand(rest, (slot) => endSlot(voiceOf(point, desk), slot, { trigger, t: endTime(point, desk.at) }));
}

export function leaveHealth(point: PointState, slot: HealthSlot, trigger: End, desk: Desk): void {
  endHealth(voiceOf(point, desk), slot, { trigger, t: endTime(point, desk.at), value: valueOf(point) });
}

/** A new version of a rule that the point is under. What needs a good sample waits for it; what needs none happens now. */
export function edit(point: PointState, { was, versions }: Readonly<{ was: Compiled; versions: Versions }>, desk: Desk): void {
  const is = newest(versions);
  if (!is) return;
  const change = editClass(was.rule, is.rule);
  const isFuture = is.rule.validFrom !== undefined && is.rule.validFrom > point.wm;
  for (const slot of point.slots) {
    if (slot.versions.ruleId !== is.rule.id || isFuture || change === 'threshold' || slot.compiled !== was) continue;
    if (change === 'structural') {
      leaveSlot(point, slot, 'rule_removed', desk);
      slot.trace = startTrace(is.detector);
    }
    slot.compiled = is;
  }
  const end = { trigger: 'rule_removed', t: endTime(point, desk.at), value: valueOf(point) } as const;
  for (const slot of point.health) if (slot.versions.ruleId === is.rule.id) endUnwatched(voiceOf(point, desk), slot, end);
}

/** A point has its own health rules or the implicit one, never both, never none. A derived point has the implicit ones of its inputs. */
function settleHealth(point: PointState | undefined, desk: Desk): void {
  if (!point) return;
  const own = point.health.filter((slot) => !isImplicit(slot));
  const implicit = point.health.find(isImplicit);
  if (own.length === 0 && !point.spec.derived) point.health = [implicit ?? implicitHealth()];
  else if (implicit) {
    leaveHealth(point, implicit, 'rule_removed', desk);
    point.health = own;
  }
}
