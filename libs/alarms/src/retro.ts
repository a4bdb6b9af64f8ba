/** Records of what late or backfilled readings show: history, outside the one-open-alarm rule, never touching a live alarm (`rulings` 32). */
import { graver, rankOf, type Actor, type Alarm, type AlarmLevel, type Verdict } from '@anlan/contracts';
import { type Change, type Context, draftOf, draftOfNew, finish, happen } from './change.js';
import { retroIdOf } from './ids.js';
import { birthData } from './raise.js';

const ENGINE: Actor = { kind: 'engine', id: 'rules' };

/** The id of the record that a `retro` verdict belongs to. */
export function retroRecordId(verdict: Verdict, { digest }: Pick<Context, 'digest'>): string {
  return retroIdOf(digest, verdict);
}

function worst({ level, peak }: Verdict): AlarmLevel | undefined {
  const reached = graver(level, peak);
  return reached === 'normal' ? undefined : reached;
}

/** Only orange and red found late are told, once. */
function noticeFor(level: AlarmLevel): Readonly<{ notice?: 'late' }> {
  return rankOf(level) >= rankOf('orange') ? { notice: 'late' } : {};
}

function record(verdict: Verdict, peak: AlarmLevel, context: Context): readonly Change[] {
  const { t, at, value, reason, evidence, ruleVersion, key, n, t0, unit, latching, siteId, endedAt } = verdict;
  const level = verdict.level === 'normal' ? peak : verdict.level;
  const id = retroRecordId(verdict, context);
  const birth = birthData(
    {
      key,
      ruleVersion,
      n,
      t0,
      t,
      at,
      level,
      peak,
      pendingLevel: null,
      pendingDueAt: null,
      value,
      unit,
      quality: 'good',
      latching,
      reason,
      evidence,
      siteId,
      actor: ENGINE,
    },
    id,
    context,
  );
  const data = { ...birth, process: 'normal', work: 'awaiting_confirmation', ackDueAt: null, recurrenceOf: null, endedAt: endedAt ?? null };
  return finish(
    happen(
      draftOfNew(id),
      { type: 'retro_recorded', at, t, actor: ENGINE, cause: t0, level, value, reason, evidence, data, ...noticeFor(peak) },
      context,
    ),
  );
}

function finishRecord(existing: Alarm, verdict: Verdict, peak: AlarmLevel, context: Context): readonly Change[] {
  const { at, endedAt, value, reason } = verdict;
  if (existing.endedAt !== null || endedAt === undefined) return [];
  const notice = existing.told.length === 0 ? noticeFor(peak) : {};
  return finish(
    happen(
      draftOf(existing),
      {
        type: 'retro_ended',
        at,
        t: endedAt,
        actor: ENGINE,
        cause: endedAt,
        level: existing.level,
        value,
        reason,
        data: { peak },
        ...notice,
      },
      context,
    ),
  );
}

/**
 * The changes that a `retro` verdict makes, none or one.
 *
 * @param existing the record with `retroRecordId`
 * @param covered an episode that is already on record holds t0, so there is nothing new to tell
 */
export function applyLate(existing: Alarm | undefined, covered: boolean, verdict: Verdict, context: Context): readonly Change[] {
  const peak = worst(verdict);
  if (peak === undefined) return [];
  if (existing) return finishRecord(existing, verdict, peak, context);
  return covered ? [] : record(verdict, peak, context);
}
