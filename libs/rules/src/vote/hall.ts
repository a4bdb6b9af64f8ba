/** Who votes on what: the runs of one partition, kept in step with the registry. */
import type { PointSpec } from '@anlan/contracts';
import { newHealthSlot } from '../health.js';
import { PointState, type Audience } from '../point.js';
import { edit, leaveHealth, leaveSlot, type Roster } from '../roster.js';
import { dropSlot, newSlot } from '../slot-rest.js';
import type { Desk } from '../telling.js';
import { newest, type Versions } from '../versions.js';
import { belowOf, heardBy, loadSeats, ruleOf, saveSeats, seats, sorted, specOf, type Run, type SavedSeats } from './run.js';

export type Listeners = Audience & Readonly<{ runs: readonly Run[] }>;

/** Mutable, owned by the votes. */
export type Hall = {
  readonly roster: Roster;
  readonly runs: Map<string, Run>;
  /** Votes that hear of a point, which knows that there are some. */
  listeners: ReadonlyMap<PointState, Listeners>;
  /** Votes that depend on a vote. */
  parents: ReadonlyMap<string, readonly Run[]>;
  /** Due now, or open so that time moves them. */
  readonly lively: Set<Run>;
  /** Changed since it was last saved. */
  readonly dirty: Set<Run>;
  /** Keys of saved texts that are no more. */
  readonly gone: Set<string>;
};

export function openHall(roster: Roster): Hall {
  return { roster, runs: new Map(), listeners: new Map(), parents: new Map(), lively: new Set(), dirty: new Set(), gone: new Set() };
}

/** Under which a vote is saved. No point is called so. */
export function keyOf(ruleId: string): string {
  return `|vote|${ruleId}`;
}

/** Brings the run of one rule in line with what the roster says now. */
export function settleRun(hall: Hall, ruleId: string, desk: Desk): void {
  const { roster, runs } = hall;
  const versions = roster.rules.get(ruleId);
  const rule = ruleOf(versions);
  const known = runs.get(ruleId);
  const spec = rule && specOf(roster, rule);
  const isAnother = known?.place.spec.pointId !== spec?.pointId || known?.versions !== versions;
  if (known && isAnother) endRun(hall, known, { trigger: rule && !spec ? 'point_removed' : 'rule_removed', desk });
  if (!rule || !spec || !versions) return;
  const run = runs.get(ruleId) ?? openRun(hall, versions, { spec, desk });
  run.place.spec = spec;
  const [slot] = run.place.slots;
  if (slot && slot.compiled !== newest(versions)) edit(run.place, { was: slot.compiled, versions }, desk);
  run.seats = seats(roster, rule, run);
}

function endRun(
  { runs, lively, dirty, gone }: Hall,
  run: Run,
  { trigger, desk }: Readonly<{ trigger: 'rule_removed' | 'point_removed'; desk: Desk }>,
): void {
  for (const slot of run.place.slots) {
    leaveSlot(run.place, slot, trigger, desk);
    dropSlot(slot);
  }
  for (const slot of run.place.health) leaveHealth(run.place, slot, trigger, desk);
  runs.delete(run.ruleId);
  lively.delete(run);
  dirty.delete(run);
  gone.add(keyOf(run.ruleId));
}

function openRun({ roster, runs, gone }: Hall, versions: Versions, { spec, desk }: Readonly<{ spec: PointSpec; desk: Desk }>): Run {
  const { ruleId } = versions;
  const place = new PointState(spec, desk.at);
  const slot = newSlot(versions, roster.ladders);
  place.slots = slot ? [slot] : [];
  place.health = [newHealthSlot(versions)];
  const run: Run = { ruleId, versions, place, seats: new Map(), order: 0, changedT: -Infinity, isDue: true };
  place.memory = {
    save: () => saveSeats(run),
    load: (saved) => {
      loadSeats(run, saved as SavedSeats);
    },
  };
  runs.set(ruleId, run);
  gone.delete(keyOf(ruleId));
  return run;
}

/** Who listens to whom, and in which order votes are cast. All are to be cast anew. */
export function linkRuns(hall: Hall): void {
  const { roster, runs, lively } = hall;
  const listeners = new Map<PointState, Listeners>();
  const parents = new Map<string, readonly Run[]>();
  for (const run of sorted(runs.values())) {
    const rule = ruleOf(run.versions);
    if (!rule) continue;
    for (const id of heardBy(roster, rule, run)) {
      const point = roster.points.get(id);
      if (point) listeners.set(point, { quietIn: null, runs: [...(listeners.get(point)?.runs ?? []), run] });
    }
    for (const id of belowOf(rule)) parents.set(id, [...(parents.get(id) ?? []), run]);
    run.isDue = true;
    lively.add(run);
  }
  for (const point of hall.listeners.keys()) point.audience = null;
  for (const [point, audience] of listeners) point.audience = audience;
  hall.listeners = listeners;
  hall.parents = parents;
  rank(hall);
}

/** Items before what votes on them. Import refuses circles; if there is one all the same, the rounds are bounded and each vote is cast once a record. */
function rank({ runs, parents }: Hall): void {
  for (const run of runs.values()) run.order = 0;
  for (let round = 0, hasMoved = true; hasMoved && round < runs.size; round += 1) {
    hasMoved = false;
    for (const run of runs.values()) {
      for (const parent of parents.get(run.ruleId) ?? []) {
        if (parent.order > run.order) continue;
        parent.order = run.order + 1;
        hasMoved = true;
      }
    }
  }
}
