/** What an outcome means to the people who would have had to act on it. */
import { ALARM_LEVELS, rankOf, type AlarmLevel, type Millis } from '@anlan/contracts';
import type { Outcome } from './backtest.js';
import type { Episode } from './episodes.js';

/** Something that really happened. */
export type LabelledEvent = Readonly<{
  from: Millis;
  to: Millis;
  name?: string;
  /** Whose alarms may announce it; absent: any. */
  pointIds?: readonly string[];
  /** Earliest raise that still counts as a warning of it; absent: `from`. */
  warnFrom?: Millis;
}>;

/** How one event was announced. `leadMs` is positive when the alarm came before the event and negative when it came after its beginning. */
export type EventFound = Readonly<{ event: LabelledEvent; leadMs: Millis; level: AlarmLevel; alarms: number }>;

/** Announcements a ten-minute window of the clock, for one operator (ISA-18.2: mean about 1, at most 2; over 10 is a flood). */
export type OperatorLoad = Readonly<{
  announcements: number;
  windows: number;
  mean: number;
  most: number;
  /** Shares of all windows, 0…1. */
  overTwo: number;
  overTen: number;
  /** Windows by how many announcements fell into them, from 0 up; the last entry is "so many or more". */
  histogram: readonly number[];
}>;

export type EventReport = Readonly<{ found: readonly EventFound[]; missed: readonly LabelledEvent[]; falseAlarms: number }>;

export type BacktestReport = Outcome &
  Readonly<{
    /** Live episodes by the gravest level they reached. */
    byLevel: Readonly<Record<AlarmLevel, number>>;
    load: OperatorLoad;
    events?: EventReport;
  }>;

const WINDOW_MS = 600_000;
const HISTOGRAM = 12;

export function reportOf(outcome: Outcome, labels?: readonly LabelledEvent[]): BacktestReport {
  const live = outcome.episodes.filter(({ lane }) => lane === 'live');
  const byLevel = Object.fromEntries(ALARM_LEVELS.map((level) => [level, live.filter(({ peak }) => peak === level).length]));
  return {
    ...outcome,
    byLevel: byLevel as Record<AlarmLevel, number>,
    load: loadOf(live, outcome),
    ...(labels && { events: eventsOf(live, labels) }),
  };
}

/** A raise and each rise of level is announced once. */
function announcements({ changes }: Episode): readonly Millis[] {
  return changes.filter(({ level }, i) => i === 0 || rankOf(level) > rankOf(changes[i - 1]?.level ?? 'normal')).map(({ t }) => t);
}

function loadOf(live: readonly Episode[], { from, to }: Outcome): OperatorLoad {
  const counts = new Map<number, number>();
  let sum = 0;
  for (const episode of live)
    for (const t of announcements(episode)) {
      const window = Math.floor(t / WINDOW_MS);
      counts.set(window, (counts.get(window) ?? 0) + 1);
      sum += 1;
    }
  const windows = from === null || to === null ? 0 : Math.floor(to / WINDOW_MS) - Math.floor(from / WINDOW_MS) + 1;
  const histogram = Array.from({ length: HISTOGRAM }, () => 0);
  let most = 0;
  let overTwo = 0;
  let overTen = 0;
  for (const count of counts.values()) {
    histogram[Math.min(count, HISTOGRAM - 1)] = (histogram[Math.min(count, HISTOGRAM - 1)] ?? 0) + 1;
    most = Math.max(most, count);
    if (count > 2) overTwo += 1;
    if (count > 10) overTen += 1;
  }
  histogram[0] = Math.max(0, windows - counts.size);
  const share = (count: number): number => (windows === 0 ? 0 : count / windows);
  return { announcements: sum, windows, mean: share(sum), most, overTwo: share(overTwo), overTen: share(overTen), histogram };
}

/** An alarm announces one event only, the first that it touches: one that never ends cannot announce two. */
function eventsOf(live: readonly Episode[], labels: readonly LabelledEvent[]): EventReport {
  const events = [...labels].sort((a, b) => a.from - b.from);
  const hits = events.map((): Episode[] => []);
  let falseAlarms = 0;
  for (const episode of live) {
    const i = events.findIndex((event) => touches(episode, event));
    if (i < 0) falseAlarms += 1;
    else hits[i]?.push(episode);
  }
  const found: EventFound[] = [];
  const missed: LabelledEvent[] = [];
  events.forEach((event, i) => {
    const alarms = hits[i] ?? [];
    const first = alarms[0];
    if (!first) missed.push(event);
    else found.push({ event, leadMs: event.from - first.raisedAt, level: first.level, alarms: alarms.length });
  });
  return { found, missed, falseAlarms };
}

function touches(episode: Episode, { from, to, pointIds, warnFrom = from }: LabelledEvent): boolean {
  if (pointIds && !pointIds.includes(episode.key.pointId)) return false;
  return episode.raisedAt >= warnFrom ? episode.raisedAt <= to : (episode.endedAt ?? Infinity) >= from;
}
