import {
  type AlarmCommand,
  type Change,
  type CommandDecision,
  type Context,
  type RefusalCode,
  type Refused,
  decideCommand,
  refused,
} from '@anlan/alarms';
import type { Actor, Alarm, Digest } from '@anlan/contracts';
import type { AlarmStore, AlarmTx } from '@anlan/ports';

/** `repeated`: the answer of an earlier command with the same key. */
export type CommandOutcome = Readonly<{ kind: 'done'; alarm: Alarm; repeated: boolean }> | Refused;
export type Commanding = Readonly<{
  store: AlarmStore;
  digest: Digest;
  context(): Promise<Context>;
  committed(changes: readonly Change[]): void;
}>;

type Kept = Readonly<{ fingerprint: string; alarm: Alarm }>;
type Answer = Readonly<{ outcome: CommandOutcome; changes: readonly Change[] }>;

const answered = (outcome: CommandOutcome, changes: readonly Change[] = []): Answer => ({ outcome, changes });
const refuse = (code: RefusalCode): Answer => answered(refused(code));

/** The same command of the same person; who the second person was proved to be is not part of it. */
function fingerprintOf(digest: Digest, command: AlarmCommand, actor: Actor): string {
  const { secondPerson: _proved, ...asked } = command;
  return digest(JSON.stringify([actor.kind, actor.id, Object.entries(asked).sort(([left], [right]) => (left < right ? -1 : 1))]));
}

async function perform(tx: AlarmTx, alarm: Alarm, decision: Exclude<CommandDecision, Refused>): Promise<Alarm> {
  for (const change of decision.changes) await tx.write(change);
  if (decision.cancelUpTo !== null) await tx.cancelDue(alarm.id, decision.cancelUpTo);
  return decision.changes.find(({ alarm: { id } }) => id === alarm.id)?.alarm ?? alarm;
}

/**
 * One command in one transaction (I8): the version is checked, the event written and the answer kept under its key together,
 * so that a repeat, however close, gets the first answer and does nothing. Refusals are not kept: they may be asked again.
 */
export async function runCommand(
  { store, digest, context, committed }: Commanding,
  alarmId: string,
  command: AlarmCommand,
  actor: Actor,
): Promise<CommandOutcome> {
  const { idempotencyKey } = command;
  const fingerprint = fingerprintOf(digest, command, actor);
  const ctx = await context();
  const { outcome, changes } = await store.transact(async (tx): Promise<Answer> => {
    const alarm = await tx.byId(alarmId);
    if (!alarm) return refuse('alarm_unknown');
    const kept = idempotencyKey === undefined ? undefined : await tx.commandResult(alarmId, idempotencyKey);
    if (kept !== undefined) {
      const first = JSON.parse(kept) as Kept;
      return first.fingerprint === fingerprint
        ? answered({ kind: 'done', alarm: first.alarm, repeated: true })
        : refuse('idempotency_key_reused');
    }
    // Every command that does something raises the version, so version and person name it.
    const decision = decideCommand(alarm, command, { actor, commandId: `v${alarm.version}|${actor.kind}|${actor.id}` }, ctx);
    if (decision.kind === 'refused') return answered(decision);
    const after = await perform(tx, alarm, decision);
    if (idempotencyKey !== undefined)
      await tx.saveCommandResult(alarmId, idempotencyKey, JSON.stringify({ fingerprint, alarm: after } satisfies Kept));
    return answered({ kind: 'done', alarm: after, repeated: false }, decision.changes);
  });
  committed(changes);
  return outcome;
}
