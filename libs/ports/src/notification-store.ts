import type { AlarmLevel, ChannelName, Level, Millis, Notification } from '@anlan/contracts';

export type SendRecord = Readonly<{
  state: 'sent' | 'failed' | 'unknown' | 'due' | 'cancelled';
  outcome: string;
  at: Millis;
  /** For `due` and `unknown`: not before. */ dueAt?: Millis;
  text: string;
  link: string | null;
}>;

/** Which rows a claim may take; what is absent is not asked. A lane of its own keeps red from waiting behind blue, and one channel behind another. */
export type SendLane = Readonly<{ levels?: readonly AlarmLevel[]; channel?: ChannelName }>;

/** Outbox rows waiting to go out. N1: a row is claimed by one worker at a time; a claim ends by `settle` or after its lease. */
export type NotificationStore = Readonly<{
  /** Claims rows due at `now`, gravest first, then oldest, and marks them `sending` until `leaseUntil`. Rows of blue and yellow of the same person and channel come together (those due later too), beyond `limit` if need be. `attempts` of a row grows by one with each claim. */
  claim(now: Millis, leaseUntil: Millis, limit: number, lane?: SendLane): Promise<readonly Notification[]>;
  /** Ends a claim; `merged` rows point to the one that carried them. */
  settle(id: string, mergedIds: readonly string[], record: SendRecord): Promise<void>;
  /** Is the alarm acknowledged at this level, so that an unsent row of it is void? Checked immediately before sending. */
  isVoid(id: string): Promise<boolean>;
  /** What these alarms show now, `normal` once they are over; unknown ones are left out. */
  shown(alarmIds: readonly string[]): Promise<ReadonlyMap<string, Level>>;
  page(limit: number, cursor?: string): Promise<Readonly<{ items: readonly Notification[]; nextCursor: string | null }>>;
  /** Rows in a state that `markTold` has not named, oldest first. One on its way (`sending`) waits for what becomes of it. */
  untold(limit: number): Promise<readonly Notification[]>;
  /** Other systems were told of these rows as they were read; one that changed meanwhile stays untold. */
  markTold(rows: readonly Pick<Notification, 'id' | 'state' | 'attempts'>[]): Promise<void>;
  /** Earliest due time of any unsent row. */
  nextDueAt(): Promise<Millis | null>;
}>;
