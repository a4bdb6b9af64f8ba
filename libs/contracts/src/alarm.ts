import type { Millis, Said } from './basics.js';
import type { AlarmLevel } from './level.js';
import type { ChannelName } from './channel-name.js';
import type { Evidence } from './evidence.js';
import type { AlarmKey, VerdictProcess } from './verdict.js';
import type { AlarmKind } from './rule.js';

export const PROCESSES = ['pending', 'active', 'recovering', 'normal', 'latched'] as const;
/** Region P: what the sensor says. */
export type Process = VerdictProcess | 'latched';
export const ACKS = ['none', 'unacked', 'acked'] as const;
/** Region A: who has seen it. */
export type Ack = (typeof ACKS)[number];
export const SUPPRESSIONS = ['none', 'shelved', 'by_design', 'out_of_service'] as const;
/** Region S: why it is kept quiet. */
export type SuppressionState = (typeof SUPPRESSIONS)[number];
export const WORKS = [
  'awaiting_confirmation',
  'confirmed',
  'dispatched',
  'handling',
  'fed_back',
  'awaiting_review',
  'closed',
  'false_alarm',
] as const;
/** Region W: how far people have come (待确认 已确认 已派单 处置中 已反馈 待复核 已销号 误报). */
export type Work = (typeof WORKS)[number];
export const ALARM_QUALITIES = ['good', 'stale', 'bad', 'maint'] as const;
/** Region Q: can the sensor be believed. */
export type AlarmQuality = (typeof ALARM_QUALITIES)[number];

/** Why an alarm is suppressed. Never without reason, actor and end (I6). */
export type Suppression = Readonly<{
  state: Exclude<SuppressionState, 'none'>;
  reason: string;
  by: string;
  at: Millis;
  until: Millis;
  oneShot: boolean;
  permitLevel: AlarmLevel;
}>;

/** One person told on one channel. */
export type Told = Readonly<{ personId: string; channel: ChannelName }>;

/** Trust in an acknowledgement: a person who logged in, or whoever held the link. */
export type AckTrust = 'login' | 'link';

/** One occurrence with a life of its own: the fold of its events. */
export type Alarm = Readonly<{
  id: string;
  version: number;
  key: AlarmKey;
  ruleVersion: number;
  n: number;
  assetId: string | null;
  siteId: string;
  regionCode: string;
  unitId: string | null;
  domain: string;
  process: Process;
  ack: Ack;
  ackedLevel: AlarmLevel | null;
  ackTrust: AckTrust | null;
  ackedBy: string | null;
  ackedAt: Millis | null;
  suppression: Suppression | null;
  work: Work;
  quality: AlarmQuality;
  level: AlarmLevel;
  peakLevel: AlarmLevel;
  pendingLevel: AlarmLevel | null;
  pendingDueAt: Millis | null;
  firstBreachAt: Millis;
  raisedAt: Millis;
  /** Last return to normal; null while it is not normal. */
  endedAt: Millis | null;
  value: number;
  /** Farthest value of the episode, in the direction of the breach as far as known. */
  unit: string;
  reason: Said;
  /** What a chart can draw of it; absent where the readings and limits say all. */
  evidence?: Evidence;
  latching: boolean;
  retrospective: boolean;
  /** Short code that people can say on the phone: 4 letters or digits. */
  no: string;
  ackDueAt: Millis | null;
  parentId: string | null;
  firstOut: boolean;
  /** How often the condition came back within this occurrence. */
  cycles: number;
  /** Occurrence before this one, if it closed less than 24 h before. */
  recurrenceOf: string | null;
  /** A rule was edited or removed while the condition stood; shown, never told as recovered. */
  endReason: 'recovered' | 'rule_changed' | 'removed' | null;
  /** Bumped whenever timers of this alarm must start anew; a timer of another generation is a no-op (I7). */
  generation: number;
  /** How often the deadline for acknowledging was missed since the last raise, rise or re-alarm. */
  escalation: number;
  /** How often it was told again though acknowledged, since the last raise or rise. */
  reAlarms: number;
  /** Server time of the last return to normal; null while it is not normal. `endedAt` is the same in event time. */
  normalSince: Millis | null;
  /** Server time when people (or the blue timer) closed it or marked it false. */
  closedAt: Millis | null;
  /** Whom the alarm was told to, and how: a recovery goes to these and nobody else. */
  told: readonly Told[];
  createdAt: Millis;
  updatedAt: Millis;
}>;

/** Is it one that `open=true` lists: not yet closed by people, and not merely history. */
export function isOpen(alarm: Pick<Alarm, 'work' | 'retrospective'>): boolean {
  return !alarm.retrospective && alarm.work !== 'closed' && alarm.work !== 'false_alarm';
}

export const ALARM_EVENT_TYPES = [
  'raised',
  'pending',
  'pending_cleared',
  'recovering',
  'rebreached',
  'recovered',
  'latched',
  'level_rose',
  'level_fell',
  'returned',
  'acknowledged',
  'ack_overdue',
  're_alarmed',
  'link_ack_expired',
  'reset',
  'marked_false',
  'shelved',
  'unshelved',
  'shelf_ended',
  'data_stale',
  'data_back',
  'rule_edited',
  'removed',
  'auto_closed',
  'grouped',
  'commented',
  'retro_recorded',
  'retro_ended',
] as const;
export type AlarmEventType = (typeof ALARM_EVENT_TYPES)[number];

export type Actor = Readonly<{ kind: 'engine' | 'timer' | 'user' | 'link' | 'system'; id: string; name?: string; personId?: string }>;

/** One thing that happened to an alarm. Appended, never changed; chained by hash. */
export type AlarmEvent = Readonly<{
  /** Digest of alarm, type, level and cause (event time, or command id). Same cause, same id, whatever crashed. */
  id: string;
  alarmId: string;
  /** 1, 2, 3 … without gaps an alarm (I9). */
  seq: number;
  type: AlarmEventType;
  /** Server time (log time for engine events). */
  at: Millis;
  /** Event time, for engine events. */
  t: Millis | null;
  actor: Actor;
  level: AlarmLevel;
  value: number | null;
  reason: Said | null;
  /** What the rule saw when the condition began or rose. */
  evidence?: Evidence;
  /** Free text of a person (comment, shelve reason). */
  comment: string | null;
  /** Anything else worth showing, plain data. */
  data: Readonly<Record<string, string | number | boolean | null>>;
}>;

/** Why somebody is told. Each asks for its own words. */
export const NOTICE_KINDS = ['raise', 'rise', 'recovery', 're_alarm', 'ack_overdue', 'late', 'data_stale', 'shelf_ended'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];
/** Notices that ask somebody to act: void once the alarm is acknowledged at their level. A recovery is never among them. */
export const ACTION_NOTICES: ReadonlySet<NoticeKind> = new Set<NoticeKind>(['raise', 'rise', 're_alarm', 'ack_overdue', 'shelf_ended']);

export type TimerKind = 'ack_due' | 're_alarm' | 'shelf_end' | 'link_ack' | 'auto_close';
/** A timer is a row, never a `setTimeout`: it survives restarts and is a no-op once its generation is old. */
export type AlarmTimer = Readonly<{ alarmId: string; kind: TimerKind; generation: number; dueAt: Millis }>;

export type AlarmFilter = Readonly<{
  open?: boolean;
  retrospective?: boolean;
  levels?: readonly AlarmLevel[];
  domains?: readonly string[];
  siteId?: string;
  regionCode?: string;
  pointId?: string;
  deviceId?: string;
  ruleId?: string;
  kinds?: readonly AlarmKind[];
  ack?: Ack;
  work?: Work;
  from?: Millis;
  to?: Millis;
}>;
