/**
 * Names that follow from what they name: the same cause gives the same id, whatever crashed in between (`alarm-semantics` 3.5).
 * Ids of registry entities hold no `|`, so joined parts cannot be confused.
 */
import {
  type AlarmEventType,
  type AlarmKey,
  type AlarmLevel,
  type Digest,
  type Millis,
  type Notification,
  keyText,
} from '@anlan/contracts';

const TENANT = 'default';
const ID_CHARACTERS = 32;
/** Without 0 O 1 I L, which people mistake on the phone. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const SHORT_CODE_CHARACTERS = 4;

/** The first breach of an episode. */
export type Episode = Readonly<{ key: AlarmKey; t0: Millis; n: number }>;
/** What made an event: `cause` is the event time of a verdict, the id of a command, or the kind and generation of a timer. */
export type EventCause = Readonly<{ alarmId: string; type: AlarmEventType; level: AlarmLevel; cause: string | number }>;

/**
 * One occurrence: key, event time of its first breach and the running number of the episode.
 * `after` is the closed alarm of the same, still standing episode: only an alarm that was marked false while it stood has such a successor.
 */
export function alarmIdOf(digest: Digest, { key, t0, n }: Episode, after?: string): string {
  const parts = [TENANT, keyText(key), t0, n, ...(after === undefined ? [] : [`after:${after}`])];
  return digest(parts.join('|')).slice(0, ID_CHARACTERS);
}

/** A record of late or backfilled readings; its numbers are counted apart from the live ones. */
export function retroIdOf(digest: Digest, { key, t0, n }: Episode): string {
  return digest([TENANT, keyText(key), t0, n, 'retro'].join('|')).slice(0, ID_CHARACTERS);
}

/** One event of one alarm (`rulings` 40). */
export function eventIdOf(digest: Digest, { alarmId, type, level, cause }: EventCause): string {
  return digest([alarmId, type, level, cause].join('|')).slice(0, ID_CHARACTERS);
}

/** The key by which nobody is told twice. */
export function notificationIdOf(
  digest: Digest,
  { eventId, personId, channel, step }: Pick<Notification, 'eventId' | 'personId' | 'channel' | 'step'>,
): string {
  return digest([eventId, personId, channel, step].join('|')).slice(0, ID_CHARACTERS);
}

/** Four characters that people can say on the phone. Two alarms may share one; it helps to recognise, never to identify. */
export function shortCodeOf(alarmId: string): string {
  let rest = Number.parseInt(alarmId.slice(0, 12), 16);
  let code = '';
  while (code.length < SHORT_CODE_CHARACTERS) {
    code += ALPHABET.charAt(rest % ALPHABET.length);
    rest = Math.floor(rest / ALPHABET.length);
  }
  return code;
}
