/** Times within which people must act, as data. The figures are 平台推荐值 (platform recommendations) unless a source is named. */
import type { AlarmLevel, Millis } from '@anlan/contracts';

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;

export type Response = Readonly<{
  /** Time to acknowledge, from the notice; null: nobody is pressed. */
  ackWithinMs: Millis | null;
  /** While still unacknowledged the notice is repeated at this distance, so many times at most. */
  overdueEveryMs: Millis;
  maxOverdue: number;
  /** Told again this long after an acknowledgement while the condition stands; null: never. */
  reAlarmEveryMs: Millis | null;
  maxReAlarms: number;
  /** Longest shelf. */
  maxShelfMs: Millis;
  /** Shelving and marking false ask for a second person. */
  secondPerson: boolean;
}>;

/** Acknowledge and re-alarm: `alarm-semantics` 6.2; shelves: E23; second person: `rulings` 33; counts bound a day: 平台推荐值. */
export const RESPONSE: Readonly<Record<AlarmLevel, Response>> = {
  blue: {
    ackWithinMs: null,
    overdueEveryMs: 0,
    maxOverdue: 0,
    reAlarmEveryMs: null,
    maxReAlarms: 0,
    maxShelfMs: 24 * HOUR,
    secondPerson: false,
  },
  yellow: {
    ackWithinMs: 30 * MINUTE,
    overdueEveryMs: 2 * HOUR,
    maxOverdue: 12,
    reAlarmEveryMs: 8 * HOUR,
    maxReAlarms: 3,
    maxShelfMs: 8 * HOUR,
    secondPerson: false,
  },
  orange: {
    ackWithinMs: 5 * MINUTE,
    overdueEveryMs: 15 * MINUTE,
    maxOverdue: 96,
    reAlarmEveryMs: HOUR,
    maxReAlarms: 24,
    maxShelfMs: 2 * HOUR,
    secondPerson: true,
  },
  red: {
    ackWithinMs: 2 * MINUTE,
    overdueEveryMs: 5 * MINUTE,
    maxOverdue: 288,
    reAlarmEveryMs: 15 * MINUTE,
    maxReAlarms: 96,
    maxShelfMs: HOUR,
    secondPerson: true,
  },
};

/** A red acknowledged by link only pauses: without a login after it, it is open again (`rulings` 34). */
export const LINK_ACK_HOLDS_MS: Millis = 10 * MINUTE;
/** Blue closes itself after this long at normal (E31). */
export const AUTO_CLOSE_AFTER_MS: Millis = 24 * HOUR;
/** A new occurrence this soon after the last one closed is called its recurrence (E22). */
export const RECURRENCE_WITHIN_MS: Millis = 24 * HOUR;
/** Blue and yellow wait this long so that those of one person can go in one message (`rulings` 22). */
export const MERGE_MS: Millis = MINUTE;
export const MAX_COMMENT_CHARACTERS = 500;
export const MAX_CAUSE_CHARACTERS = 100;
