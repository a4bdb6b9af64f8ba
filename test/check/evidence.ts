import type { Alarm, AlarmEvent, DeadLetter, LedgerItem, LogPlaceLike, Notification, ReadingsRecord, SeqGap, Verdict } from './shapes.js';

/**
 * What a run left behind, gathered from the simulation or from real processes. A part that could not be seen
 * is absent, and the checks that need it say "not checked", which is never counted as passed.
 */
export type Evidence = Readonly<{
  /** What devices sent, message by message, written before use; and which got their PUBACK. */
  sent?: readonly SentReading[];
  acked?: ReadonlySet<string>;
  /** The readings log: only `readings` records. */
  log?: readonly (LogPlaceLike & Readonly<{ record: ReadingsRecord }>)[];
  series?: ReadonlyMap<string, readonly Readonly<{ t: number; v: number }>[]>;
  ledger?: readonly LedgerItem[];
  /** Also those of `platform`: verdicts that the alarm flow could not take. */
  deadLetters?: readonly Pick<DeadLetter, 'id' | 'deviceId' | 'code' | 'reason'>[];
  /** Gaps that devices know of: numbers they never got through. */
  trueGaps?: ReadonlyMap<string, readonly SeqGap[]>;
  verdicts?: readonly Verdict[];
  /** Verdicts of one pass over the log without crash or batch: the oracle. */
  expectedVerdicts?: readonly Verdict[];
  /** Checkpoints that a rule worker took up, and what one calm pass to the same place in the log would have saved. */
  takenUp?: readonly Readonly<{ nextOffset: number; entries: ReadonlyMap<string, string>; expected: ReadonlyMap<string, string> }>[];
  alarms?: readonly AlarmSeen[];
  /** Engine events of a run without crashes. */
  expectedEvents?: EngineEvents;
  notifications?: readonly Pick<Notification, 'id' | 'eventId' | 'personId' | 'channel' | 'step' | 'level' | 'state' | 'attempts'>[];
  /** What people got, call by call. `again`: the platform had recorded a success for this id before this call. */
  phone?: readonly Readonly<{ id: string; key: string; again: boolean }>[];
}>;

export type SentReading = Readonly<{ deviceId: string; pointId: string; t: number; v: number; messageKey: string }>;
/** What the engine did, by event id, in words for whoever reads a finding. */
export type EngineEvents = ReadonlyMap<string, string>;
export type AlarmSeen = Readonly<{
  alarm: Pick<Alarm, 'id' | 'process' | 'work' | 'level' | 'peakLevel' | 'retrospective'> & Readonly<{ keyText: string }>;
  events: readonly Pick<AlarmEvent, 'id' | 'seq' | 'type' | 'level'>[];
  engineEvents: EngineEvents;
}>;

export type Finding = Readonly<{ invariant: string; says: string }>;
/** One invariant over the evidence. `null`: could not be checked. */
export type Check = Readonly<{ invariant: string; meaning: string; run(evidence: Evidence): readonly string[] | null }>;
