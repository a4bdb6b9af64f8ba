/** Verdicts into episodes: what one key went through from its first breach to its end. */
import {
  keyText,
  rankOf,
  type AlarmKey,
  type AlarmLevel,
  type Evidence,
  type Level,
  type Millis,
  type Said,
  type Verdict,
} from '@anlan/contracts';

/** A level that was reached, and when (event time). */
export type LevelChange = Readonly<{ t: Millis; level: AlarmLevel }>;

/** One occurrence of the condition of one key. Times are event times. */
export type Episode = Readonly<{
  key: AlarmKey;
  ruleVersion: number;
  /** `retro`: found in readings that came late, or told only after the fact; nobody was warned by it. */
  lane: Verdict['lane'];
  /** First breach, before any delay. */
  firstBreachAt: Millis;
  /** When the alarm would have been raised. */
  raisedAt: Millis;
  /** Null while it stands at the end of the readings. */
  endedAt: Millis | null;
  /** At the raise, at the end and the gravest in between. */
  level: AlarmLevel;
  lastLevel: AlarmLevel;
  peak: AlarmLevel;
  /** Raise and further changes of level, at most `MOST_CHANGES`. */
  changes: readonly LevelChange[];
  /** Score and unit at the gravest level. */
  value: number;
  unit: string;
  reason: Said;
  evidence?: Evidence;
}>;

export type EpisodeFold = Readonly<{
  take(verdict: Verdict): void;
  /** In the order of their raise; those that stand come with `endedAt` null. */
  episodes(): readonly Episode[];
  /** Episodes beyond the bound: counted, not kept. */
  dropped(): number;
}>;

const MOST_CHANGES = 64;

type Standing = { episode: Episode; n: number };

/** @param most how many episodes are kept */
export function episodeFold(most: number): EpisodeFold {
  const standing = new Map<string, Standing>();
  const done: Episode[] = [];
  let dropped = 0;

  const keep = (episode: Episode): void => {
    if (done.length < most) done.push(episode);
    else dropped += 1;
  };

  const takeLive = (key: string, verdict: Verdict): void => {
    const open = standing.get(key);
    if (verdict.process === 'normal') {
      if (!open) return;
      standing.delete(key);
      keep({ ...open.episode, endedAt: verdict.t });
      return;
    }
    if (verdict.process !== 'active' || verdict.level === 'normal') return;
    if (!open || open.n !== verdict.n) {
      if (open) keep({ ...open.episode, endedAt: verdict.t0 });
      standing.set(key, { episode: raised(verdict, verdict.level), n: verdict.n });
    } else if (open.episode.lastLevel !== verdict.level) {
      open.episode = changed(open.episode, verdict, verdict.level);
    }
  };

  return {
    take(verdict) {
      // The second lane tells an episode as often as it grows; the telling of its end is the whole of it.
      if (verdict.lane === 'live') takeLive(keyText(verdict.key), verdict);
      else if (verdict.endedAt !== undefined && verdict.peak !== 'normal') keep(found(verdict, verdict.peak));
    },
    episodes: () => [...done, ...[...standing.values()].map(({ episode }) => episode)].sort(byRaise),
    dropped: () => dropped,
  };
}

/** By raise, then by key, so that equal runs give equal lists. */
function byRaise(a: Episode, b: Episode): number {
  return a.raisedAt - b.raisedAt || (keyText(a.key) < keyText(b.key) ? -1 : 1);
}

function raised(verdict: Verdict, level: AlarmLevel): Episode {
  const { key, ruleVersion, lane, t0, t, value, unit, reason, evidence } = verdict;
  return {
    key,
    ruleVersion,
    lane,
    firstBreachAt: t0,
    raisedAt: t,
    endedAt: null,
    level,
    lastLevel: level,
    peak: level,
    changes: [{ t, level }],
    value,
    unit,
    reason,
    ...(evidence && { evidence }),
  };
}

function changed(episode: Episode, { t, value, reason, evidence }: Verdict, level: AlarmLevel): Episode {
  const changes = episode.changes.length < MOST_CHANGES ? [...episode.changes, { t, level }] : episode.changes;
  const next = { ...episode, lastLevel: level, changes };
  if (rankOf(level) <= rankOf(episode.peak)) return next;
  return { ...next, peak: level, value, reason, ...(evidence && { evidence }) };
}

function found(verdict: Verdict, peak: Exclude<Level, 'normal'>): Episode {
  return { ...raised(verdict, peak), endedAt: verdict.endedAt ?? verdict.t };
}
