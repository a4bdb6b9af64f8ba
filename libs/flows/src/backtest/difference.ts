/** What one version of a rule says that another does not, over the same readings. */
import { ALARM_LEVELS, type AlarmLevel, type Millis } from '@anlan/contracts';
import type { Episode } from './episodes.js';

/** An episode of both versions; `laterMs` is how much later the new one raises it. */
export type Shared = Readonly<{ before: Episode; now: Episode; laterMs: Millis }>;

export type Difference = Readonly<{
  /** Live episodes by gravest level, of each version. */
  before: Readonly<Record<AlarmLevel, number>>;
  now: Readonly<Record<AlarmLevel, number>>;
  shared: readonly Shared[];
  onlyBefore: readonly Episode[];
  onlyNow: readonly Episode[];
}>;

/** Pairs episodes of one point that overlap in time, each once, in the order of their raise. */
export function differenceOf(before: readonly Episode[], now: readonly Episode[]): Difference {
  const old = before.filter(isLive);
  const fresh = now.filter(isLive);
  const free = new Map<string, Episode[]>();
  for (const episode of old) free.set(episode.key.pointId, [...(free.get(episode.key.pointId) ?? []), episode]);
  const shared: Shared[] = [];
  const onlyNow: Episode[] = [];
  for (const episode of fresh) {
    const candidates = free.get(episode.key.pointId) ?? [];
    const i = candidates.findIndex((one) => overlap(one, episode));
    const [twin] = i < 0 ? [] : candidates.splice(i, 1);
    if (twin) shared.push({ before: twin, now: episode, laterMs: episode.raisedAt - twin.raisedAt });
    else onlyNow.push(episode);
  }
  const left = new Set([...free.values()].flat());
  return { before: countsOf(old), now: countsOf(fresh), shared, onlyBefore: old.filter((one) => left.has(one)), onlyNow };
}

function isLive({ lane }: Episode): boolean {
  return lane === 'live';
}

/** From first breach on: a longer delay makes the same episode shorter, not another. */
function overlap(a: Episode, b: Episode): boolean {
  return a.firstBreachAt <= (b.endedAt ?? Infinity) && b.firstBreachAt <= (a.endedAt ?? Infinity);
}

function countsOf(episodes: readonly Episode[]): Readonly<Record<AlarmLevel, number>> {
  const count = (level: AlarmLevel): number => episodes.filter(({ peak }) => peak === level).length;
  return Object.fromEntries(ALARM_LEVELS.map((level) => [level, count(level)])) as Record<AlarmLevel, number>;
}
