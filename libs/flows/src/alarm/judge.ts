/** Verdicts and timers into written changes, within one transaction of the records. */
import { type Change, type Context, applyLate, applyVerdict, fireTimer, retroRecordId } from '@anlan/alarms';
import type { AlarmTimer, Cause, Verdict } from '@anlan/contracts';
import type { TracePlace } from '@anlan/observability';
import type { AlarmTx } from '@anlan/ports';

/** The machine itself threw: the verdict, not the store, is at fault, and trying again is useless. */
export class Poison extends Error {
  override readonly name = 'Poison';
}

/** Whatever the pure core throws is a bug that no waiting heals. */
function judged(decide: () => readonly Change[]): readonly Change[] {
  try {
    return decide();
  } catch (error) {
    throw new Poison(`the alarm machine refused a verdict: ${String(error)}`, { cause: error });
  }
}

function isApplied({ offset, index }: Cause, applied: Cause | undefined): boolean {
  return applied !== undefined && (offset < applied.offset || (offset === applied.offset && index <= applied.index));
}

async function live(tx: AlarmTx, verdict: Verdict, context: Context): Promise<readonly Change[]> {
  const open = await tx.openByKey(verdict.key);
  const previous = open ? undefined : await tx.lastClosedByKey(verdict.key);
  return judged(() => applyVerdict(open, previous, verdict, context));
}

async function late(tx: AlarmTx, verdict: Verdict, context: Context): Promise<readonly Change[]> {
  const existing = await tx.byId(retroRecordId(verdict, context));
  const covered = existing ? false : await tx.covers(verdict.key, verdict.t0);
  return judged(() => applyLate(existing, covered, verdict, context));
}

const LANES = { live, retro: late } as const satisfies Record<Verdict['lane'], typeof live>;

/** A verdict, and the place in a trace that its notifications go on from. */
export type Traced = Readonly<{ verdict: Verdict; trace?: TracePlace }>;

/** Writes what each verdict changes, in order, and remembers the place; repeats of what was applied before change nothing. */
export async function applyAll(tx: AlarmTx, verdicts: readonly Traced[], context: Context): Promise<readonly Change[]> {
  const applied = new Map<number, Cause | undefined>();
  const written: Change[] = [];
  for (const { verdict, trace } of verdicts) {
    const { cause } = verdict;
    if (!applied.has(cause.partition)) applied.set(cause.partition, await tx.applied(cause.partition));
    if (isApplied(cause, applied.get(cause.partition))) continue;
    const changes = await LANES[verdict.lane](tx, verdict, context);
    for (const change of changes) await tx.write(trace === undefined ? change : withTrace(change, trace));
    written.push(...changes);
    applied.set(cause.partition, cause);
  }
  for (const cause of applied.values()) if (cause) await tx.setApplied(cause);
  return written;
}

/** Only what people are sent goes on in the trace; the alarm and its events stay what they are without one. */
function withTrace(change: Change, trace: TracePlace): Change {
  return { ...change, notifications: change.notifications.map((notification) => ({ ...notification, trace })) };
}

/** Fires one timer and takes it away, unless its alarm set it anew. A leftover is just taken away (I7). */
export async function fire(tx: AlarmTx, timer: AlarmTimer, context: Context): Promise<readonly Change[]> {
  const alarm = await tx.byId(timer.alarmId);
  const changes = alarm ? judged(() => fireTimer(alarm, timer, context)) : [];
  await tx.dropTimer(timer);
  for (const change of changes) await tx.write(change);
  return changes;
}
