/**
 * What a live verdict does to the alarm of its key: E1 to E8, E22, E24 (one-shot), E27 to E30.
 *
 * The verdict owns process, level and quality; people own the rest. A verdict whose cause was applied before must not come here.
 */
import {
  compareLevels,
  rankOf,
  type Actor,
  type Alarm,
  type AlarmEventType,
  type AlarmLevel,
  type AlarmQuality,
  type NoticeKind,
  type Verdict,
} from '@anlan/contracts';
import { type Change, type Context, type Draft, type Happening, ackDueFor, current, draftOf, finish, happen } from './change.js';
import type { EventData } from './event-data.js';
import { isStanding, raise } from './raise.js';
import { PROCESS_STEPS, type ProcessStep } from './transitions.js';

const ENGINE: Actor = { kind: 'engine', id: 'rules' };

const QUALITY_OF = { good: 'good', uncertain: 'good', bad: 'bad', maintenance: 'maint', stale: 'stale' } as const satisfies Record<
  Verdict['quality'],
  AlarmQuality
>;

/** The level that a verdict speaks of; while nothing was reached yet, the alarm's own. */
function levelOf(verdict: Verdict, alarm: Alarm): AlarmLevel {
  return verdict.level === 'normal' ? alarm.level : verdict.level;
}

function verdictData({ ruleVersion, pendingLevel, dueAt, latching }: Verdict, alarm: Alarm): EventData {
  return { ruleVersion, pendingLevel: pendingLevel ?? null, pendingDueAt: dueAt ?? null, latching: alarm.latching || latching };
}

/** Events whose reason stays on the alarm, with what a chart can draw of it. */
const TELLS_WHY: ReadonlySet<AlarmEventType> = new Set<AlarmEventType>(['level_rose', 'returned', 'rule_edited']);

type Turn = Readonly<{ verdict: Verdict; context: Context }>;
type Extra = Readonly<{ level?: AlarmLevel; data?: EventData; notice?: NoticeKind; cause?: string }>;

function engineEvent(draft: Draft, { verdict, context }: Turn, type: AlarmEventType, extra: Extra = {}): Draft {
  const { t, at, value, reason, evidence } = verdict;
  const alarm = current(draft);
  const happening: Happening = {
    type,
    at,
    t,
    actor: ENGINE,
    cause: extra.cause ?? t,
    level: extra.level ?? alarm.level,
    value,
    reason,
    ...(TELLS_WHY.has(type) && { evidence }),
    data: { ...verdictData(verdict, alarm), ...extra.data },
    ...(extra.notice === undefined ? {} : { notice: extra.notice }),
  };
  return happen(draft, happening, context);
}

/** A shelf does not cover a level above its permit (E7, trap b of 1.2). */
function liftShelf(draft: Draft, turn: Turn, level: AlarmLevel): Draft {
  const { suppression } = current(draft);
  if (!suppression || rankOf(level) <= rankOf(suppression.permitLevel)) return draft;
  return engineEvent(draft, turn, 'shelf_ended', { data: { why: 'level_rose', ackDueAt: ackDueFor(level, turn.context.now) } });
}

/** E7, E8: the level follows the verdict. */
function moveLevel(draft: Draft, turn: Turn): Draft {
  const alarm = current(draft);
  const level = levelOf(turn.verdict, alarm);
  const order = compareLevels(level, alarm.level);
  if (order === 0) return draft;
  if (order < 0) return engineEvent(draft, turn, 'level_fell', { level });
  const ackDueAt = ackDueFor(level, turn.context.now);
  return engineEvent(liftShelf(draft, turn, level), turn, 'level_rose', {
    level,
    notice: 'rise',
    data: { peak: peakOf(turn.verdict, level), ackDueAt },
  });
}

/** A net verdict over a burst of old readings can have been graver in between. */
function peakOf({ peak }: Verdict, level: AlarmLevel): AlarmLevel {
  return peak === 'normal' || rankOf(peak) < rankOf(level) ? level : peak;
}

/** A further level on its way, or no longer. */
function notePending(draft: Draft, turn: Turn): Draft {
  const { pendingLevel, pendingDueAt } = current(draft);
  const { pendingLevel: next = null, dueAt = null } = turn.verdict;
  if (next === pendingLevel && dueAt === pendingDueAt) return draft;
  return engineEvent(draft, turn, next === null ? 'pending_cleared' : 'pending', { level: next ?? current(draft).level });
}

/** A one-shot shelf ends with the condition (E24). */
function endOneShot(draft: Draft, turn: Turn): Draft {
  if (current(draft).suppression?.oneShot !== true) return draft;
  return engineEvent(draft, turn, 'shelf_ended', {
    data: { why: 'one_shot', ackDueAt: ackDueFor(current(draft).level, turn.context.now) },
  });
}

/** E6, or E29 where the rule changed under it: that is never called recovered. */
function end(draft: Draft, turn: Turn): Draft {
  const alarm = current(draft);
  const byEdit = turn.verdict.trigger === 'rule_changed' || alarm.endReason === 'rule_changed';
  const latches = alarm.latching || turn.verdict.latching;
  if (byEdit) return edited(draft, turn, latches ? 'latched' : 'normal');
  return endOneShot(latches ? engineEvent(draft, turn, 'latched') : engineEvent(draft, turn, 'recovered', { notice: 'recovery' }), turn);
}

/** E29: also where the condition stands under the new limits as it did under the old. */
function edited(draft: Draft, turn: Turn, process: Alarm['process']): Draft {
  return engineEvent(draft, turn, 'rule_edited', { data: { process }, cause: `${turn.verdict.t}:${process}` });
}

/** E6b: the condition is back in an open occurrence, and is told like a raise. */
function comeBack(draft: Draft, turn: Turn): Draft {
  const level = levelOf(turn.verdict, current(draft));
  const data = { peak: peakOf(turn.verdict, level), ackDueAt: ackDueFor(level, turn.context.now) };
  return engineEvent(liftShelf(draft, turn, level), turn, 'returned', { level, notice: 'raise', data });
}

const STEPS = {
  keep: (draft) => draft,
  pend: notePending,
  unpend: (draft, turn) => {
    const { process, pendingLevel } = current(draft);
    return process === 'pending' || pendingLevel !== null ? engineEvent(draft, turn, 'pending_cleared') : draft;
  },
  return: comeBack,
  level: (draft, turn) => {
    const moved = moveLevel(draft, turn);
    const noted = moved === draft ? notePending(draft, turn) : moved;
    return noted === draft && turn.verdict.trigger === 'rule_changed' ? edited(draft, turn, 'active') : noted;
  },
  recover: (draft, turn) =>
    turn.verdict.trigger === 'rule_changed' ? edited(draft, turn, 'recovering') : engineEvent(draft, turn, 'recovering'),
  rebreach: (draft, turn) => moveLevel(engineEvent(draft, turn, 'rebreached'), turn),
  end,
} as const satisfies Record<ProcessStep, (draft: Draft, turn: Turn) => Draft>;

/** E27, E28. */
function moveQuality(draft: Draft, turn: Turn): Draft {
  const quality = QUALITY_OF[turn.verdict.quality];
  if (quality === current(draft).quality) return draft;
  return engineEvent(draft, turn, quality === 'good' ? 'data_back' : 'data_stale', {
    data: { quality },
    cause: `${turn.verdict.t}:${quality}`,
  });
}

function isRemoval({ trigger }: Verdict): boolean {
  return trigger === 'rule_removed' || trigger === 'point_removed';
}

/** I4: nothing but good data ends a condition; only a removal may, because a person did that. */
function mayMove({ trigger, process }: Verdict, quality: AlarmQuality): boolean {
  if (trigger === 'data_stale' || trigger === 'data_back') return false;
  return quality === 'good' || (process !== 'normal' && process !== 'recovering');
}

function follow(alarm: Alarm, turn: Turn): Draft {
  const { verdict } = turn;
  const draft = draftOf(alarm);
  if (isRemoval(verdict))
    return alarm.process === 'normal' ? draft : engineEvent(draft, turn, 'removed', { data: { why: verdict.trigger } });
  const judged = moveQuality(draft, turn);
  if (!mayMove(verdict, QUALITY_OF[verdict.quality])) return judged;
  return STEPS[PROCESS_STEPS[alarm.process][verdict.process]](judged, turn);
}

function isRaise(verdict: Verdict): verdict is Verdict & Readonly<{ level: AlarmLevel }> {
  return verdict.process === 'active' && verdict.level !== 'normal' && verdict.trigger !== 'data_stale' && verdict.trigger !== 'data_back';
}

function raiseFrom(verdict: Verdict & Readonly<{ level: AlarmLevel }>, previous: Alarm | undefined, context: Context): Draft {
  const { key, ruleVersion, n, t0, t, at, level, pendingLevel, dueAt, value, unit, quality, latching, reason, evidence, siteId } = verdict;
  const breach = {
    key,
    ruleVersion,
    n,
    t0,
    t,
    at,
    process: 'active',
    level,
    peak: peakOf(verdict, level),
    pendingLevel: pendingLevel ?? null,
    pendingDueAt: dueAt ?? null,
    value,
    unit,
    quality: QUALITY_OF[quality],
    latching,
    reason,
    evidence,
    siteId,
    actor: ENGINE,
  } as const;
  return raise(breach, previous, context);
}

/** Does the shelf that came with marking false still cover this level of the same condition? */
function covered(previous: Alarm, verdict: Verdict): boolean {
  const { suppression } = previous;
  return suppression !== null && rankOf(verdict.level) <= rankOf(suppression.permitLevel);
}

/** The old shelf has had its day once a new occurrence speaks for the condition. */
function endShelfOf(previous: Alarm | undefined, turn: Turn): readonly Change[] {
  if (!previous?.suppression || !isStanding(previous)) return [];
  return finish(engineEvent(draftOf(previous), turn, 'shelf_ended', { data: { why: 'level_rose', ackDueAt: null } }));
}

/**
 * The changes that a live verdict makes: none, one, or two where an alarm marked false gets a successor.
 *
 * @param open the open alarm of the key
 * @param previous its newest closed one, read only where there is no open one
 */
export function applyVerdict(open: Alarm | undefined, previous: Alarm | undefined, verdict: Verdict, context: Context): readonly Change[] {
  const turn = { verdict, context };
  if (open) return finish(follow(open, turn));
  if (previous && isStanding(previous) && (!isRaise(verdict) || covered(previous, verdict))) return finish(follow(previous, turn));
  return isRaise(verdict) ? [...endShelfOf(previous, turn), ...finish(raiseFrom(verdict, previous, context))] : [];
}
