/**
 * One point under one threshold rule: the ladder that follows the readings, and what has been told of it.
 *
 * S1  Live readings: every change is told at once.
 * S2  Old in-order readings (beyond the live horizon) move the ladder silently. The first live reading tells the net state once, with the true t0.
 *     What rose and ended unseen is one `retro` verdict; an episode told live ends live.
 * S3  An old episode that still stands when its burst is over is recorded once as `retro`, so that it is not lost if nothing more comes.
 * S4  Red seen in the reorder buffer is told before its turn; until the ladder has caught up nothing else is told. What is still raised then goes on
 *     as the episode that was told, with its t0 and n; what is not has ended. Neither is told with a time before that of the red reading.
 * S5  Outside of its hours and modes a rule judges on and tells nothing new; what stands when it may tell again is told then. What was raised before is
 *     followed to its end (see `schedule.ts`).
 */
import type { Millis, PointSpec, Verdict, VerdictTrigger } from '@anlan/contracts';
import { rankOf } from '@anlan/contracts';
import type { Trace } from './detector.js';
import type { Laddered } from './laddered.js';
import { quietAfter, type Ladder } from './ladder-state.js';
import { pendingOf } from './ladder-time.js';
import { isActive, isGated, nextOpening } from './schedule.js';
import { evidenceOf, sayLadder, unitOf } from './say.js';
import { alarmLevelOf, type Desk, type Telling } from './telling.js';
import type { Compiled, Versions } from './versions.js';

/** A slot in hand (see `slot-rest.ts`). Mutable; the ladders in it are values. */
export type Slot = {
  readonly versions: Versions;
  /** The version that judged last. */
  compiled: Compiled;
  /** Memory of the rule's detector, changed in place; null for rules without one. */
  trace: Trace | null;
  ladder: Ladder;
  /** The ladder as last told live. The same object as `ladder` when nothing is held back. */
  shown: Ladder;
  /** How the shown episode ended, while that is held back (S2). */
  ended: Ladder | null;
  /** Episode recorded under S3; 0 for none. */
  told: number;
  /** S4: told ahead up to this event time. */
  aheadT: Millis | null;
  /** Second ladder for late readings. */
  retro: Ladder;
};

/** Who speaks, with the quality of its last reading, and to whom. */
export type Voice = Readonly<{ spec: PointSpec; quality: Verdict['quality']; desk: Desk }>;

function ladderedOf({ compiled: { rule } }: Slot): Laddered | undefined {
  return rule.kind === 'health' ? undefined : rule;
}

function isLatching(rule: Laddered | undefined, peak: number): boolean {
  return rule?.levels.some((step) => step.latching && rankOf(step.level) <= peak) ?? false;
}

type Say = Pick<Telling, 'lane' | 'trigger' | 'process' | 'level' | 't'> & Readonly<{ ladder: Ladder; value?: number; endedAt?: Millis }>;

function tell(voice: Voice, slot: Slot, { ladder, ...say }: Say): void {
  const rule = ladderedOf(slot);
  if (!rule || !slot.compiled.ladder) return;
  const pending = say.process === 'pending' ? pendingOf(slot.compiled.ladder, ladder) : undefined;
  const pendingLevel = pending && alarmLevelOf(pending.rank);
  const rank = pending?.rank || say.level || ladder.peak;
  const told = say.lane === 'retro' ? ({ ...ladder, process: 'active', value: ladder.peakValue } as const) : ladder;
  voice.desk.tell(voice.spec, {
    kind: rule.kind,
    ruleId: slot.versions.ruleId,
    ruleVersion: rule.version,
    peak: ladder.peak,
    n: ladder.n,
    t0: ladder.t0,
    value: ladder.value,
    quality: voice.quality,
    latching: isLatching(rule, ladder.peak),
    reason: sayLadder(slot, told, { pointUnit: voice.spec.unit, trigger: say.trigger, rank }),
    ...(slot.trace &&
      scoreParts(slot, told, { pointUnit: voice.spec.unit, rank, isOver: say.process === 'normal' && say.lane === 'live' })),
    ...say,
    ...(pendingLevel && { pendingLevel }),
    ...(pending && Number.isFinite(pending.dueAt) && { dueAt: pending.dueAt }),
  });
}

/** What a verdict on a score has besides: the unit of the score, and what a chart can draw. */
function scoreParts(
  slot: Slot,
  ladder: Ladder,
  about: Readonly<{ pointUnit: string; rank: number; isOver: boolean }>,
): Pick<Telling, 'unit' | 'evidence'> {
  // What is over needs no reason, and an edited rule may have begun another memory by now.
  const evidence = about.isOver ? undefined : evidenceOf(slot, ladder, about);
  return { unit: unitOf(slot.compiled, about.pointUnit), ...(evidence && { evidence }) };
}

/** Tells `ladder` live. */
function tellLive(voice: Voice, slot: Slot, ladder: Ladder, trigger: VerdictTrigger): void {
  tell(voice, slot, {
    ladder,
    lane: 'live',
    trigger: ladder.byEdit ? 'rule_changed' : trigger,
    process: ladder.process,
    level: ladder.level,
    t: ladder.changedAt,
  });
}

/** May this slot tell at event time `t` (S5). */
function isOpen({ spec }: Voice, slot: Slot, t: Millis): boolean {
  const rule = ladderedOf(slot);
  return !rule || !isGated(rule) || isActive(rule, spec.mode, t);
}

type Move = Readonly<{ before: Ladder; live: boolean; trigger: VerdictTrigger; t: Millis }>;

/** The ladder has moved from `before` at event time `t`: tells what may be told (S1, S2, S5). */
export function follow(voice: Voice, slot: Slot, move: Move): void {
  const { ladder, shown } = slot;
  if (ladder === shown) return;
  const endsNow = ladder.process === 'normal' && move.before.process !== 'normal';
  if (endsNow && ladder.n === shown.n && !move.live) slot.ended = ladder;
  const isClosed = shown.raised === 0 && !isOpen(voice, slot, move.t);
  if (isClosed && ladder.process !== 'normal') return;
  const wasSeen = ladder.n === shown.n && ladder.t0 === shown.t0 && shown.level > 0;
  // What rose live while closed is not told, and so it is no record either.
  if (endsNow && !wasSeen && ladder.peak > 0 && !(isClosed && move.live)) tellRetro(voice, slot, ladder);
  if (isClosed && shown.process === 'normal') slot.shown = ladder;
  else if (move.live && slot.aheadT === null) catchUp(voice, slot, move.trigger);
}

/** Makes `shown` equal to the ladder, telling the difference. */
function catchUp(voice: Voice, slot: Slot, trigger: VerdictTrigger): void {
  const { ladder } = slot;
  if (slot.ended) {
    tellLive(voice, slot, slot.ended, trigger);
    slot.shown = slot.ended;
    slot.ended = null;
  }
  const { shown } = slot;
  // A recovery that began again graver while nobody was told is still that recovery.
  const isLevel = shown.level === ladder.level || ladder.process === 'recovering';
  const isSame = shown.process === ladder.process && isLevel && shown.n === ladder.n;
  if (!isSame && shown.n !== ladder.n && shown.process !== 'normal') {
    tellLive(voice, slot, { ...shown, process: 'normal', level: 0, changedAt: ladder.t0, value: ladder.value, byEdit: false }, trigger);
    slot.shown = quietAfter(shown.n);
  }
  // Raised and already ending while nobody was told: it waits, and becomes live if it breaches again, retro if it ends.
  if (ladder.process === 'recovering' && (ladder.n !== shown.n || shown.level === 0)) return;
  if (!isSame && !(ladder.n !== shown.n && ladder.process === 'normal')) tellLive(voice, slot, ladder, trigger);
  slot.shown = ladder;
}

/** An episode that no live watcher saw, whole or (while it stands) so far. */
export function tellRetro(voice: Voice, slot: Slot, ladder: Ladder): void {
  if (!isOpen(voice, slot, ladder.t0) && !isOpen(voice, slot, ladder.changedAt)) return;
  const isOver = ladder.process === 'normal';
  const say = {
    ladder,
    lane: 'retro',
    trigger: 'reading',
    process: 'normal',
    level: ladder.level,
    t: ladder.changedAt,
    value: ladder.peakValue,
  } as const;
  tell(voice, slot, isOver ? { ...say, endedAt: ladder.changedAt } : say);
}

/** S5: event time at which what stands untold may be told; Infinity when nothing waits for that. `since`: the last reading. */
export function openingOf({ spec }: Pick<Voice, 'spec'>, slot: Slot, since: Millis): Millis {
  const rule = ladderedOf(slot);
  const { ladder, shown, aheadT } = slot;
  if (!rule || !isGated(rule) || ladder === shown || shown.raised !== 0 || aheadT !== null) return Infinity;
  return ladder.process === 'pending' || ladder.process === 'active'
    ? nextOpening(rule, spec.mode, Math.max(since, ladder.changedAt))
    : Infinity;
}

/** S5: the rule may tell again: what stands is told at once, with its true t0. */
export function tellOpening(voice: Voice, slot: Slot): void {
  catchUp(voice, slot, 'tick');
}

/** S3: the burst is over and the episode stands. */
export function tellStanding(voice: Voice, slot: Slot): void {
  if (!standsUnseen(slot)) return;
  slot.told = slot.ladder.n;
  tellRetro(voice, slot, slot.ladder);
}

export function standsUnseen({ ladder, shown, told }: Slot): boolean {
  return ladder.raised !== 0 && ladder.n !== shown.n && ladder.n !== told;
}

/** S4: tells what the ladder will say once the buffer is released up to `t`. */
export function tellAhead(voice: Voice, slot: Slot, trial: Readonly<{ ladder: Ladder; t: Millis }>): void {
  if (slot.shown.raised === 0 && !isOpen(voice, slot, trial.t)) return;
  slot.aheadT = trial.t;
  const { ladder } = slot;
  slot.ladder = trial.ladder;
  catchUp(voice, slot, 'reading');
  slot.ladder = ladder;
}

/** S4: the ladder has reached what was told ahead. `value` is the reading that got it there. */
export function rejoin(voice: Voice, slot: Slot, value: number): void {
  const { shown, ladder } = slot;
  const reached = Math.max(slot.aheadT ?? 0, shown.changedAt, ladder.changedAt);
  slot.aheadT = null;
  slot.ended = null;
  if (ladder.raised !== 0) {
    const { peak, peakValue } = shown.peak > ladder.peak ? shown : ladder;
    slot.ladder = { ...ladder, n: shown.n, t0: shown.t0, changedAt: reached, peak, peakValue };
    return;
  }
  tellLive(voice, slot, { ...shown, process: 'normal', level: 0, changedAt: reached, value, byEdit: false }, 'reading');
  const isPending = ladder.process === 'pending';
  slot.shown = quietAfter(shown.n);
  slot.ladder = isPending ? { ...ladder, n: Math.max(ladder.n, shown.n + 1), changedAt: reached } : quietAfter(Math.max(ladder.n, shown.n));
  if (!isPending) slot.shown = slot.ladder;
}

/** The data under a standing alarm became untrustworthy, or trustworthy again: said with the frozen process. */
export function tellQuality(voice: Voice, slot: Slot, change: Readonly<{ trigger: 'data_stale' | 'data_back'; t: Millis }>): void {
  const { shown } = slot;
  if (shown.process === 'normal') return;
  tell(voice, slot, { ladder: shown, lane: 'live', process: shown.process, level: shown.level, ...change });
}

/** New limits, and what was told stands under them as well: said once, with the value that they judged and the numbers that matter now. */
export function tellStillStanding(voice: Voice, slot: Slot, now: Readonly<{ t: Millis; value: number }>): void {
  const { shown } = slot;
  const ladder = { ...shown, value: now.value };
  tell(voice, slot, { ladder, lane: 'live', trigger: 'rule_changed', process: shown.process, level: shown.level, t: now.t });
}

/** Rule or point is no more (E30): one `normal` for a standing alarm, then calm. Time is the last event time `t`. */
export function endSlot(voice: Voice, slot: Slot, end: Readonly<{ trigger: 'rule_removed' | 'point_removed'; t: Millis }>): void {
  const { shown, ladder } = slot;
  if (shown.process !== 'normal')
    tell(voice, slot, { ladder: shown, lane: 'live', process: 'normal', level: 0, ...end, t: Math.max(end.t, shown.changedAt) });
  slot.ladder = slot.shown = quietAfter(Math.max(shown.n, ladder.n));
  slot.ended = null;
  slot.aheadT = null;
  slot.retro = quietAfter(slot.retro.n);
}
