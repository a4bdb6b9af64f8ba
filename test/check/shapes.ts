export type { Alarm, AlarmEvent, DeadLetter, LedgerItem, Notification, ReadingsRecord, SeqGap, Verdict } from '@anlan/contracts';
export type LogPlaceLike = Readonly<{ partition: number; offset: number; at: number }>;
