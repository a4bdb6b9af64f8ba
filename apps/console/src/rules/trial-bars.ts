/** What a back-test found, as bars on a time line: what the edited rule says above what the standing one said. */
import type { AlarmLevel, BacktestJson, EpisodeJson } from '@anlan/contracts';

export type Report = NonNullable<BacktestJson['report']>;
export type Difference = NonNullable<BacktestJson['difference']>;
export type Bar = Readonly<{
  key: string;
  lane: 'before' | 'now';
  /** Said by both, by the edited rule only, or by the standing one only. */
  sort: 'same' | 'gained' | 'lost';
  pointId: string;
  from: number;
  to: number;
  level: AlarmLevel;
  /** Absent of what the standing rule said too: its other half tells it. */
  episode: EpisodeJson | null;
}>;
export type Span = Readonly<{ from: number; to: number }>;

const at = (text: string): number => Date.parse(text);
const nameOf = ({ pointId, raisedAt }: Pick<EpisodeJson, 'pointId' | 'raisedAt'>): string => `${pointId} ${raisedAt}`;

/** All bars. Readings that came late would have warned nobody, so what was found in them is left out. */
export function barsOf({ episodes }: Pick<Report, 'episodes'>, difference: Difference | null, span: Span): readonly Bar[] {
  const live = episodes.filter(({ retrospective }) => !retrospective);
  const gained = new Set((difference?.onlyNow ?? []).map(nameOf));
  const ends = new Map(live.map((episode) => [nameOf(episode), endOf(episode, span)]));
  const now = live.map((episode) => barOf(episode, 'now', difference !== null && gained.has(nameOf(episode)) ? 'gained' : 'same', span));
  const lost = (difference?.onlyBefore ?? []).map((episode) => barOf(episode, 'before', 'lost', span));
  const shared = (difference?.shared ?? []).map((pair): Bar => {
    const from = at(pair.raisedAt) - pair.laterS * 1_000;
    const to = Math.max(from, ends.get(nameOf(pair)) ?? at(pair.raisedAt));
    return {
      key: `before ${nameOf(pair)}`,
      lane: 'before',
      sort: 'same',
      pointId: pair.pointId,
      from,
      to,
      level: pair.before,
      episode: null,
    };
  });
  return [...now, ...lost, ...shared].sort((a, b) => a.from - b.from);
}

function barOf(episode: EpisodeJson, lane: Bar['lane'], sort: Bar['sort'], span: Span): Bar {
  const { pointId, raisedAt, peak } = episode;
  return { key: `${lane} ${nameOf(episode)}`, lane, sort, pointId, from: at(raisedAt), to: endOf(episode, span), level: peak, episode };
}

function endOf({ endedAt }: EpisodeJson, { to }: Span): number {
  return endedAt === null ? to : at(endedAt);
}

/** Points with something to show, most bars first, and how many are left out. */
export function pointsOf(bars: readonly Bar[], most: number): Readonly<{ shown: readonly string[]; left: number }> {
  const counts = new Map<string, number>();
  // What differs is what is looked for.
  for (const { pointId, sort } of bars) counts.set(pointId, (counts.get(pointId) ?? 0) + (sort === 'same' ? 1 : 1_000));
  const all = [...counts].sort(([, a], [, b]) => b - a).map(([id]) => id);
  return { shown: all.slice(0, most), left: Math.max(0, all.length - most) };
}

/** How much later the edited rule speaks where both do, in seconds; null where they never do. */
export function medianLaterS({ shared }: Pick<Difference, 'shared'>): number | null {
  const sorted = shared.map(({ laterS }) => laterS).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

/** Where a moment lies in the span, in percent. */
export function percentOf(moment: number, { from, to }: Span): number {
  return Math.min(100, Math.max(0, ((moment - from) / Math.max(1, to - from)) * 100));
}
