import { rankOf, type AlarmJson, type AlarmLevel, type CommandJson } from '@anlan/contracts';
import type { Client } from '../data/client.js';
import { ApiProblem } from '../data/problem.js';

type Bare<C> = C extends CommandJson ? Omit<C, 'expectedVersion' | 'idempotencyKey'> : never;
/** A command before it is tied to what the person saw. */
export type Command = Bare<CommandJson>;

/** How it ended, in the terms a person has to react to. */
export type CommandOutcome =
  | Readonly<{ kind: 'done'; alarm: AlarmJson }>
  /** Somebody or the sensor was faster: look at `alarm`, then decide anew. Nothing was sent again. */
  | Readonly<{ kind: 'changed'; alarm: AlarmJson }>
  /** `refused`: one was given and is not accepted. */
  | Readonly<{ kind: 'second_person'; refused: ApiProblem | null }>
  | Readonly<{ kind: 'refused'; problem: ApiProblem }>;

export type CommandDeps = Readonly<{ client: Pick<Client, 'get' | 'post'>; newKey(): string }>;

/** 128 random bits as hex; works without a secure context. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Sends one command on what the person saw (`expectedVersion`). A lost answer is asked for once more with the same key, so that it is
 * carried out once. Expected ends are values.
 */
export async function sendCommand(
  { client, newKey }: CommandDeps,
  seen: Pick<AlarmJson, 'id' | 'version'>,
  command: Command,
): Promise<CommandOutcome> {
  const path = `/alarms/${encodeURIComponent(seen.id)}`;
  const body = { ...command, expectedVersion: seen.version, idempotencyKey: newKey() };
  const post = (): Promise<AlarmJson | undefined> => client.post<AlarmJson | undefined>(`${path}/commands`, body);
  try {
    const answer = await post().catch((error: unknown) => {
      if (error instanceof ApiProblem && error.status === 0) return post();
      throw error;
    });
    return { kind: 'done', alarm: isAlarm(answer) ? answer : await client.get<AlarmJson>(path) };
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.code === 'second_person_required')
      return { kind: 'second_person', refused: command.secondPerson === undefined ? null : error };
    if (error.code !== 'version_conflict') return { kind: 'refused', problem: error };
    const now = await client.get<AlarmJson>(path).catch(() => null);
    return now === null || now.version === seen.version ? { kind: 'refused', problem: error } : { kind: 'changed', alarm: now };
  }
}

function isAlarm(answer: unknown): answer is AlarmJson {
  return typeof answer === 'object' && answer !== null && 'id' in answer && 'version' in answer && 'ack' in answer;
}

/** Fields that a person should hear about when they changed under their hand, in this order. */
export const TOLD_FIELDS = ['level', 'process', 'ack', 'work', 'suppression', 'quality'] as const satisfies readonly (keyof AlarmJson)[];
export type ToldChange = Readonly<{ field: (typeof TOLD_FIELDS)[number]; from: string; to: string }>;

/** What changed between what was seen and what is. */
export function toldChanges(seen: AlarmJson, now: AlarmJson): readonly ToldChange[] {
  return TOLD_FIELDS.filter((field) => seen[field] !== now[field]).map((field) => ({ field, from: seen[field], to: now[field] }));
}

/** Longest shelf a level may have. The server decides; this is what the form offers. */
export const LONGEST_SHELF_MS: Readonly<Record<AlarmLevel, number>> = {
  blue: 86_400_000,
  yellow: 28_800_000,
  orange: 7_200_000,
  red: 3_600_000,
};

export type Offer = Readonly<
  | { type: Command['type']; offered: true }
  | { type: Command['type']; offered: false; why: 'already_acked' | 'shelved' | 'not_shelved' | 'not_latched' | 'over' }
>;

/** Is the alarm's life over for people. */
const isOver = ({ work }: AlarmJson): boolean => work === 'closed' || work === 'false_alarm';

/** Which commands make sense now, and why the others do not. The server has the last word. */
export function offersFor(alarm: AlarmJson): readonly Offer[] {
  const yes = (type: Command['type']): Offer => ({ type, offered: true });
  const over = isOver(alarm);
  const when = (type: Command['type'], refusal: Extract<Offer, { offered: false }>['why'] | null): Offer =>
    over ? { type, offered: false, why: 'over' } : refusal === null ? yes(type) : { type, offered: false, why: refusal };
  return [
    when('acknowledge', alarm.ack === 'unacked' ? null : 'already_acked'),
    yes('comment'),
    alarm.suppression === 'none' ? when('shelve', null) : when('unshelve', alarm.suppression === 'shelved' ? null : 'not_shelved'),
    when('reset', alarm.process === 'latched' ? null : 'not_latched'),
    when('markFalse', null),
  ];
}

/** Orange and red are quietened only by two. */
export function needsSecond(level: AlarmLevel): boolean {
  return rankOf(level) >= rankOf('orange');
}

/** May these be acknowledged together: blue and yellow only, seen by this person. */
export function bulkRefusal(alarms: readonly AlarmJson[], wasSeen: (id: string) => boolean): 'none' | 'too_grave' | 'not_seen' | 'empty' {
  const open = alarms.filter(({ ack }) => ack === 'unacked');
  if (open.length === 0) return 'empty';
  if (open.some(({ level }) => needsSecond(level))) return 'too_grave';
  return open.every(({ id }) => wasSeen(id)) ? 'none' : 'not_seen';
}
