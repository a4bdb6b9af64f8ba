/** What a dataset of the scoring is: how its folder becomes devices, rules and messages, and whose alarms count as what. */
import type { AlarmKind, AlarmLevel, Verdict } from '@anlan/contracts';
import type { Folder } from './folder.js';

/** One device message as it was measured: `t` in ms, with the clock of the folder taken as UTC. Values go as they stand in the file, texts too. */
export type Message = Readonly<{ deviceId: string; t: number; values: Readonly<Record<string, number | string>> }>;

export type Dataset = Readonly<{
  /** Name of the folder. */
  name: string;
  /** A registry bundle: metrics and limits come from the packs, by `world.ts`. */
  bundle(folder: Folder): unknown;
  /** Every message, in any order. */
  messages(folder: Folder): Iterable<Message>;
  /** Added to every time on the way in and taken off again on the way out, for folders whose clock begins before devices existed. Absent: 0. */
  shiftMs?: number;
  /** The series of score.mjs that alarms of a point belong to; undefined: they are not counted. */
  series(pointId: string): string | undefined;
  /** Kinds of alarms that count. Absent: all kinds of danger, none of health (ruling 64). */
  kinds?: readonly AlarmKind[];
  /** Mildest level that counts. Absent: yellow (ruling 64). */
  from?: AlarmLevel;
  /** `every`: each raised alarm is a call by itself, also while another of its series stands. Absent: alarms of one series that overlap are one. */
  raises?: 'every';
  /** How often the baseline "clock" calls, in ms. Absent: once a day. */
  clockMs?: number;
  /** What score.mjs does not measure: named numbers of our own, with bars in `bars.ts`. `verdicts` is all that the engine told. */
  own?(folder: Folder, alarms: readonly SeriesAlarm[], verdicts: readonly Verdict[]): Readonly<Record<string, number>>;
}>;

/** One alarm of one point as people would have seen it, in event time. `to` is null while it stands at the end. */
export type SeriesAlarm = Readonly<{
  pointId: string;
  series: string;
  kind: AlarmKind;
  ruleId: string;
  level: AlarmLevel;
  from: number;
  to: number | null;
  reason: string;
}>;
