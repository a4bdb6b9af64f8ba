/** What people do to an alarm: E9, E19, E20, E23, E24. Each command is a guard that says why not, and the events it makes. */
import { compareLevels, type Alarm, type AlarmEventType, type AlarmLevel, type NoticeKind } from '@anlan/contracts';
import { type Change, type Context, type Draft, ackDueFor, current, draftOf, finish, happen } from './change.js';
import { type AlarmCommand, type CommandName, type Order, type RefusalCode, type Refused, type Shelf, refused } from './command-types.js';
import type { EventData } from './event-data.js';
import { MAX_CAUSE_CHARACTERS, MAX_COMMENT_CHARACTERS, RESPONSE } from './response.js';
import { mayMarkFalse } from './transitions.js';

/**
 * `done` without changes: it was so already (an alarm is acknowledged once). `cancelUpTo`: unsent notices up to this level that asked for an act are void now;
 * an acknowledgement of a lower level stops nothing of a higher one.
 */
export type CommandDecision = Readonly<{ kind: 'done'; changes: readonly Change[]; cancelUpTo: AlarmLevel | null }> | Refused;

type Of<T extends CommandName> = Extract<AlarmCommand, Readonly<{ type: T }>>;
type Turn = Readonly<{ order: Order; context: Context }>;
type Command<C extends AlarmCommand> = Readonly<{
  /** The reason why it cannot be, or nothing. */
  refusal(alarm: Alarm, command: C, turn: Turn): RefusalCode | undefined;
  apply(draft: Draft, command: C, turn: Turn): Draft;
}>;

type Extra = Readonly<{ comment?: string | undefined; data?: EventData; notice?: NoticeKind }>;

function personEvent(draft: Draft, { order, context }: Turn, type: AlarmEventType, extra: Extra = {}): Draft {
  const happening = {
    type,
    at: context.now,
    t: null,
    actor: order.actor,
    cause: order.commandId,
    level: current(draft).level,
    data: extra.data ?? {},
  };
  const { comment, notice } = extra;
  return happen(
    draft,
    { ...happening, ...(comment === undefined ? {} : { comment }), ...(notice === undefined ? {} : { notice }) },
    context,
  );
}

function isClosed({ work }: Alarm): boolean {
  return work === 'closed' || work === 'false_alarm';
}

function stands({ process }: Alarm): boolean {
  return process === 'active' || process === 'recovering';
}

/** Somebody else: another account, and another person as far as both are known (S-42). */
function hasSecondPerson({ secondPerson }: AlarmCommand, { order: { actor } }: Turn): boolean {
  if (!secondPerson || secondPerson.userId === actor.id) return false;
  return secondPerson.personId === null || secondPerson.personId !== actor.personId;
}

function needsSecond(alarm: Alarm, command: AlarmCommand, turn: Turn): boolean {
  return RESPONSE[alarm.level].secondPerson && !hasSecondPerson(command, turn);
}

function secondData({ secondPerson }: AlarmCommand): EventData {
  return secondPerson ? { secondPerson: secondPerson.userId } : {};
}

function shelfRefusal(alarm: Alarm, { until, reason }: Shelf, { context }: Turn): RefusalCode | undefined {
  if (reason.trim() === '') return 'reason_missing';
  if ([...reason].length > MAX_COMMENT_CHARACTERS) return 'text_too_long';
  const fits = Number.isFinite(until) && until > context.now && until <= context.now + RESPONSE[alarm.level].maxShelfMs;
  return fits ? undefined : 'until_bad';
}

function shelve(draft: Draft, { until, reason, oneShot = false }: Shelf, command: AlarmCommand, turn: Turn): Draft {
  const { level } = current(draft);
  return personEvent(draft, turn, 'shelved', { comment: reason, data: { until, oneShot, permitLevel: level, ...secondData(command) } });
}

/** A login stands above a link; anything else that is acknowledged already stays as it is. */
function isNewAck(alarm: Alarm, { order: { actor } }: Turn): boolean {
  return alarm.ack !== 'acked' || (alarm.ackTrust === 'link' && actor.kind !== 'link');
}

const acknowledge: Command<Of<'acknowledge'>> = {
  refusal: (alarm, { upToLevel }) => {
    if (isClosed(alarm)) return 'alarm_closed';
    return upToLevel !== undefined && compareLevels(alarm.level, upToLevel) > 0 ? 'level_risen' : undefined;
  },
  apply: (draft, { comment }, turn) => (isNewAck(current(draft), turn) ? personEvent(draft, turn, 'acknowledged', { comment }) : draft),
};

const comment: Command<Of<'comment'>> = {
  refusal: (_alarm, { comment: text }) => ((text ?? '').trim() === '' ? 'comment_missing' : undefined),
  apply: (draft, { comment: text }, turn) => personEvent(draft, turn, 'commented', { comment: text }),
};

const shelveCommand: Command<Of<'shelve'>> = {
  refusal: (alarm, command, turn) => {
    if (isClosed(alarm) || alarm.retrospective) return alarm.retrospective ? 'wrong_state' : 'alarm_closed';
    return shelfRefusal(alarm, command, turn) ?? (needsSecond(alarm, command, turn) ? 'second_person_required' : undefined);
  },
  apply: (draft, command, turn) => shelve(draft, command, command, turn),
};

const unshelve: Command<Of<'unshelve'>> = {
  refusal: (alarm) => {
    if (isClosed(alarm)) return 'alarm_closed';
    return alarm.suppression?.state === 'shelved' ? undefined : 'not_shelved';
  },
  apply: (draft, { comment: text }, turn) => {
    const alarm = current(draft);
    const data = { ackDueAt: ackDueFor(alarm.level, turn.context.now) };
    return personEvent(draft, turn, 'unshelved', { comment: text, data, ...(stands(alarm) ? { notice: 'shelf_ended' as const } : {}) });
  },
};

const reset: Command<Of<'reset'>> = {
  refusal: (alarm) => {
    if (isClosed(alarm)) return 'alarm_closed';
    if (alarm.process !== 'latched') return stands(alarm) ? 'condition_stands' : 'not_latched';
    return alarm.pendingLevel === null ? undefined : 'condition_stands';
  },
  apply: (draft, { comment: text }, turn) => personEvent(draft, turn, 'reset', { comment: text, notice: 'recovery' }),
};

const markFalse: Command<Of<'markFalse'>> = {
  refusal: (alarm, command, turn) => {
    const { cause, reason, shelve: shelf } = command;
    if (isClosed(alarm)) return 'alarm_closed';
    if (!mayMarkFalse(alarm.work)) return 'wrong_state';
    if (cause.trim() === '') return 'cause_missing';
    if (reason.trim() === '') return 'reason_missing';
    if ([...cause].length > MAX_CAUSE_CHARACTERS || [...reason].length > MAX_COMMENT_CHARACTERS) return 'text_too_long';
    if (stands(alarm) && !shelf) return 'shelve_required';
    const shelfFault = stands(alarm) && shelf ? shelfRefusal(alarm, shelf, turn) : undefined;
    return shelfFault ?? (needsSecond(alarm, command, turn) ? 'second_person_required' : undefined);
  },
  apply: (draft, command, turn) => {
    const { cause, reason, shelve: shelf } = command;
    const quiet = shelf && stands(current(draft)) ? shelve(draft, shelf, command, turn) : draft;
    return personEvent(quiet, turn, 'marked_false', { comment: reason, data: { cause, ...secondData(command) } });
  },
};

const later: Command<AlarmCommand> = { refusal: () => 'command_unavailable', apply: (draft) => draft };

const TABLE: Readonly<{ [T in CommandName]: Command<Of<T>> }> = {
  acknowledge,
  comment,
  shelve: shelveCommand,
  unshelve,
  reset,
  markFalse,
  dispatch: later,
  accept: later,
  return: later,
  arrive: later,
  feedback: later,
  submitReview: later,
  approve: later,
  reject: later,
};

/** Whatever the command: what holds for all of them (S-47: whoever merely holds a link may acknowledge and nothing else). */
function sharedRefusal(alarm: Alarm, command: AlarmCommand, { order }: Turn): RefusalCode | undefined {
  if (order.actor.kind === 'link' && command.type !== 'acknowledge') return 'link_not_allowed';
  if ([...(command.comment ?? '')].length > MAX_COMMENT_CHARACTERS) return 'text_too_long';
  return command.expectedVersion !== undefined && command.expectedVersion !== alarm.version ? 'version_conflict' : undefined;
}

function cancelledBy(type: CommandName, { level, peakLevel }: Alarm): AlarmLevel | null {
  if (type === 'markFalse') return peakLevel;
  return type === 'acknowledge' ? level : null;
}

function decide<T extends CommandName>(type: T, alarm: Alarm, command: Of<T>, turn: Turn): CommandDecision {
  const { refusal, apply } = TABLE[type];
  const code = sharedRefusal(alarm, command, turn) ?? refusal(alarm, command, turn);
  if (code !== undefined) return refused(code);
  return { kind: 'done', changes: finish(apply(draftOf(alarm), command, turn)), cancelUpTo: cancelledBy(type, alarm) };
}

/** Decides one command. Expected faults are values; nothing is written here. */
export function decideCommand(alarm: Alarm, command: AlarmCommand, order: Order, context: Context): CommandDecision {
  return decide(command.type, alarm, command as Of<typeof command.type>, { order, context });
}
