/** The birth of an occurrence (E2, E22), from a verdict or from an alarm that was marked false while its condition stood. */
import type { Actor, Alarm, AlarmKey, AlarmLevel, AlarmQuality, Evidence, Millis, Process, Said } from '@anlan/contracts';
import { type Context, type Draft, ackDueFor, draftOfNew, happen } from './change.js';
import type { EventData } from './event-data.js';
import { alarmIdOf, shortCodeOf } from './ids.js';
import { placeNow } from './place.js';
import { RECURRENCE_WITHIN_MS } from './response.js';

/** A condition that asks for an occurrence. */
export type Breach = Readonly<{
  key: AlarmKey;
  ruleVersion: number;
  n: number;
  t0: Millis;
  t: Millis;
  at: Millis;
  process: Extract<Process, 'active' | 'recovering'>;
  level: AlarmLevel;
  peak: AlarmLevel;
  pendingLevel: AlarmLevel | null;
  pendingDueAt: Millis | null;
  value: number;
  unit: string;
  quality: AlarmQuality;
  latching: boolean;
  reason: Said;
  evidence: Evidence | undefined;
  siteId: string;
  actor: Actor;
}>;

/** What every first event says of its alarm. */
export function birthData(breach: Omit<Breach, 'process'>, id: string, { audience }: Context): EventData {
  const { key, ruleVersion, n, t0, peak, pendingLevel, pendingDueAt, unit, quality, latching, siteId } = breach;
  const place = placeNow(audience.registry, key.pointId, siteId);
  return {
    ...key,
    ...place,
    ruleVersion,
    n,
    firstBreachAt: t0,
    peak,
    pendingLevel,
    pendingDueAt,
    unit,
    quality,
    latching,
    no: shortCodeOf(id),
    endedAt: null,
  };
}

function isRecent(previous: Alarm, now: Millis): boolean {
  return previous.closedAt !== null && now - previous.closedAt < RECURRENCE_WITHIN_MS;
}

/** Is this the episode for which `previous` was there already? Then the new id must differ from its own. */
function isSameEpisode(previous: Alarm, { t0, n }: Breach): boolean {
  return isStanding(previous) || (previous.firstBreachAt === t0 && previous.n === n);
}

/** A new occurrence, told at once. `previous` is the last closed one of the key. */
export function raise(breach: Breach, previous: Alarm | undefined, context: Context): Draft {
  const { t0, t, at, level, value, reason, evidence, actor, process } = breach;
  const id = alarmIdOf(context.digest, breach, previous && isSameEpisode(previous, breach) ? previous.id : undefined);
  const recurrenceOf = previous && isRecent(previous, context.now) ? previous.id : null;
  const data = {
    ...birthData(breach, id, context),
    process,
    work: 'awaiting_confirmation',
    ackDueAt: ackDueFor(level, context.now),
    recurrenceOf,
  };
  return happen(
    draftOfNew(id),
    { type: 'raised', at, t, actor, cause: t0, level, value, reason, evidence, data, notice: 'raise' },
    context,
  );
}

/** The condition of a closed alarm that still stands, as a breach of now. */
export function breachOf(alarm: Alarm, t: Millis, at: Millis, actor: Actor): Breach {
  return {
    key: alarm.key,
    ruleVersion: alarm.ruleVersion,
    n: alarm.n,
    t0: alarm.firstBreachAt,
    t,
    at,
    process: alarm.process === 'recovering' ? 'recovering' : 'active',
    level: alarm.level,
    peak: alarm.level,
    pendingLevel: alarm.pendingLevel,
    pendingDueAt: alarm.pendingDueAt,
    value: alarm.value,
    unit: alarm.unit,
    quality: alarm.quality,
    latching: alarm.latching,
    reason: alarm.reason,
    evidence: alarm.evidence,
    siteId: alarm.siteId,
    actor,
  };
}

/** Closed by people though the condition still stands: only marking false can do that. */
export function isStanding(alarm: Alarm | undefined): boolean {
  return alarm !== undefined && alarm.work === 'false_alarm' && (alarm.process === 'active' || alarm.process === 'recovering');
}
