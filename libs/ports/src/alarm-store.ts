import type {
  Alarm,
  AlarmEvent,
  AlarmFilter,
  AlarmKey,
  AlarmLevel,
  AlarmTimer,
  Cause,
  Level,
  Millis,
  Notification,
} from '@anlan/contracts';

export type AlarmPage = Readonly<{ items: readonly Alarm[]; nextCursor: string | null }>;
export type AlarmCounts = Readonly<{
  byLevel: Readonly<Record<string, number>>;
  byAck: Readonly<Record<string, number>>;
  byWork: Readonly<Record<string, number>>;
  byDomain: Readonly<Record<string, Readonly<Record<string, number>>>>;
  bySite: Readonly<Record<string, Level>>;
  byRegion: Readonly<Record<string, Level>>;
  shelved: Readonly<Record<string, number>>;
  total: number;
}>;

/** What changed in one transaction for one alarm, ready to be written. */
export type AlarmChange = Readonly<{
  alarm: Alarm;
  /** True for the first write of this alarm. */
  created: boolean;
  events: readonly AlarmEvent[];
  notifications: readonly Notification[];
  /** Timers to set; they replace those of the same (alarm, kind). */
  timers: readonly AlarmTimer[];
}>;

/** Within one transaction. Reads see the transaction's own writes. */
export type AlarmTx = Readonly<{
  /** The one open (not closed, not retrospective) alarm of a key. */
  openByKey(key: AlarmKey): Promise<Alarm | undefined>;
  /** The newest closed alarm of a key. */
  lastClosedByKey(key: AlarmKey): Promise<Alarm | undefined>;
  byId(id: string): Promise<Alarm | undefined>;
  /** Does any alarm of the key (live or retrospective) cover this event time. */
  covers(key: AlarmKey, t: Millis): Promise<boolean>;
  /** Highest `seq` of its events and the hash of that one; 0 and '' at first. */
  chainHead(alarmId: string): Promise<Readonly<{ seq: number; hash: string }>>;
  hasEvent(eventId: string): Promise<boolean>;
  /** All written together; a second open alarm of a key violates a unique index and rejects. Notifications whose id exists are left alone. */
  write(change: AlarmChange): Promise<void>;
  /** Cancels unsent notifications of this alarm (acknowledged). Returns how many. */
  cancelDue(alarmId: string, upToLevel: Level): Promise<number>;
  /** Result of an earlier command with this key, as JSON text. */
  commandResult(alarmId: string, idempotencyKey: string): Promise<string | undefined>;
  saveCommandResult(alarmId: string, idempotencyKey: string, result: string): Promise<void>;
  /** How far verdicts have been applied: everything with a cause at or before it is a repeat. */
  applied(partition: number): Promise<Cause | undefined>;
  setApplied(cause: Cause): Promise<void>;
  dropTimer(timer: AlarmTimer): Promise<void>;
}>;

/** Alarms with their events, timers and outbox. A1: one open alarm a key, held by the store itself. A2: `transact` is all or nothing, one at a time a key. */
export type AlarmStore = Readonly<{
  /** `work` runs again from its beginning when the store had to undo it (a conflict with another process): it changes nothing but through `tx`. */
  transact<T>(work: (tx: AlarmTx) => Promise<T>): Promise<T>;
  /** As committed. Those of the gravest alarm first, then the longest due. */
  dueTimers(now: Millis, limit: number): Promise<readonly AlarmTimer[]>;
  /** How many are open, by level, as committed. */
  openByLevel(): Promise<ReadonlyMap<AlarmLevel, number>>;
}>;

export type TimelinePage = Readonly<{ order: 'oldest' | 'newest'; limit: number; cursor?: string }>;
export type Timeline = Readonly<{ items: readonly AlarmEvent[]; nextCursor: string | null }>;

/** Reading side, always within a scope of regions (null: all). */
export type AlarmQueries = Readonly<{
  get(scope: RegionScope, id: string): Promise<Alarm | undefined>;
  list(scope: RegionScope, filter: AlarmFilter, sort: 'newest' | 'urgency', limit: number, cursor?: string): Promise<AlarmPage>;
  counts(scope: RegionScope, filter: AlarmFilter): Promise<AlarmCounts>;
  /** What happened to an alarm. Without `page` all of it, oldest first. Rejects with BadCursor. */
  timeline(scope: RegionScope, id: string, page?: TimelinePage): Promise<Timeline>;
  notifications(scope: RegionScope, id: string): Promise<readonly Notification[]>;
  /** Changes after `position` in the order of writing, for streams; position grows. */
  changesSince(scope: RegionScope, position: number, limit: number): Promise<Readonly<{ position: number; alarms: readonly Alarm[] }>>;
  /** Position of the newest change, 0 when there is none: where a stream that wants no history begins. */
  newestChange(): Promise<number>;
  /** Verifies the hash chain of one alarm: the first broken seq, or null. */
  verifyChain(id: string): Promise<number | null>;
}>;

/** Which regions a caller may see; `null` = all, present and future. A required argument everywhere: nothing is seen by forgetting it. */
export type RegionScope = Readonly<{ regionCodes: readonly string[] | null }>;
