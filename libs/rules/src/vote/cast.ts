/** Casting one vote. */
import type { Millis, Quality, VoteRule } from '@anlan/contracts';
import { turn } from '../health.js';
import { accept, freeze } from '../in-order.js';
import { virtualTime, voiceOf, type Audience, type PointState } from '../point.js';
import { isCalm } from '../slot-rest.js';
import type { Desk } from '../telling.js';
import type { Hall } from './hall.js';
import { shownOn, stateOf, type Shown } from './member.js';
import { counts, isOpen, membersOf, ruleOf, shownBy, truthOf, type Run } from './run.js';
import { tally, type Tally } from './tally.js';
import { sayTooFew, type VoteTrace } from './vote-detector.js';

/** The log record in hand, and since when ingest runs. */
export type Turn = Readonly<{ desk: Desk; upAt: Millis }>;

/** The vote is to be cast for a change at event time `t`. */
function callFor({ lively }: Hall, run: Run, t: Millis): void {
  run.changedT = Math.max(run.changedT, t);
  run.isDue = true;
  lively.add(run);
}

/** A member shows something else. `t`: event time of a change of its state. */
function look(hall: Hall, run: Run, { id, shown, t }: Readonly<{ id: string; shown: Shown; t: Millis }>): void {
  const seat = run.seats.get(id);
  if (!seat || (seat.shown.rank === shown.rank && seat.shown.state === shown.state)) return;
  const was = seat.shown;
  const changedT = was.rank === shown.rank ? t : shown.changedAt;
  seat.shown = shown;
  if (seat.seen) for (let rank = 1; rank <= was.rank; rank += 1) seat.seen[rank - 1] = Math.max(seat.seen[rank - 1] ?? -Infinity, changedT);
  callFor(hall, run, changedT);
}

function isPlain({ slots }: PointState): boolean {
  for (const slot of slots) if (slot.aside !== null || !isCalm(slot)) return false;
  return true;
}

/** Nearly always: nothing stands on it, nothing stood, and no vote has anything to look at. */
export function isQuiet(point: PointState, { quietIn }: Audience): boolean {
  return quietIn !== null && isPlain(point) && stateOf(point) === quietIn;
}

/** Every vote that hears of this point looks at it again. */
export function lookAt(hall: Hall, point: PointState, { desk, upAt }: Turn): void {
  const listeners = hall.listeners.get(point);
  if (!listeners) return;
  const plain = isPlain(point);
  const state = stateOf(point);
  let isSettled = plain;
  for (const run of listeners.runs) {
    const rule = ruleOf(run.versions);
    if (!rule) continue;
    const was = run.seats.get(point.spec.pointId)?.shown;
    if (!(plain && was?.rank === 0 && was.state === state))
      look(hall, run, { id: point.spec.pointId, shown: shownOn(point, counts(rule)), t: virtualTime(point, desk.at, upAt) });
    // Conditions speak of values too, which no level shows.
    if (rule.way.by === 'when') callFor(hall, run, point.wm);
    const is = run.seats.get(point.spec.pointId)?.shown;
    if (rule.way.by === 'when' || (is && (is.rank !== 0 || is.state !== state))) isSettled = false;
  }
  listeners.quietIn = isSettled ? state : null;
}

/** What votes on this vote looks at it again. */
export function tellParents(hall: Hall, run: Run, t: Millis): void {
  const shown = shownBy(run);
  for (const parent of hall.parents.get(run.ruleId) ?? []) {
    look(hall, parent, { id: run.ruleId, shown, t });
    if (ruleOf(parent.versions)?.way.by === 'when') callFor(hall, parent, t);
  }
}

export function castRun(hall: Hall, run: Run, { desk, upAt }: Turn): void {
  const { place } = run;
  const rule = ruleOf(run.versions);
  const [slot] = place.slots;
  if (!rule || !slot?.trace) return;
  const now = Number.isFinite(place.wm) ? virtualTime(place, desk.at, upAt) : desk.at;
  const t = Math.max(place.wm + 1, Number.isFinite(run.changedT) ? run.changedT : now);
  const found = tally(rule.way, membersOf(run, rule, t), (leaf) => truthOf(leaf, { ...hall, run }));
  (slot.trace.state as VoteTrace).tally = found;
  sayPower(run, rule, { found, t, desk });
  run.isDue = false;
  run.changedT = -Infinity;
  hall.dirty.add(run);
  if (found.power === 'unable') freeze(place, { t, quality: 'stale', live: true }, desk);
  else take(place, { t, v: found.rank, q: found.held > found.rank ? 'uncertain' : 'good' }, desk);
  if (!isOpen(run)) hall.lively.delete(run);
  tellParents(hall, run, t);
}

function take(place: PointState, { t, v, q }: Readonly<{ t: Millis; v: number; q: Quality }>, desk: Desk): void {
  place.lastArrival = desk.at;
  place.newestAt = desk.at;
  accept(place, { reading: { pointId: place.spec.pointId, t, v, q }, old: false }, desk);
}

function sayPower({ place }: Run, rule: VoteRule, { found, t, desk }: Readonly<{ found: Tally; t: Millis; desk: Desk }>): void {
  const on = found.power !== 'able';
  const reason = on ? sayTooFew(found) : { zh: '恢复表决', en: 'able to vote again' };
  for (const slot of place.health) {
    turn(voiceOf(place, desk), slot, {
      kind: 'stale',
      on,
      level: rule.tooFewLevel,
      t0: t,
      t,
      value: found.present,
      reason,
      trigger: 'reading',
      version: rule.version,
    });
  }
}
