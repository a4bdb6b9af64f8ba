import type { Millis } from './basics.js';
import type { SeqGap } from './ledger.js';

/** One run of a device's message counter, from one start of the device to the next. */
export type SeqCount = Readonly<{
  highest: number;
  /** Event time of its earliest and newest message, as far as messages had one. */
  oldestT: Millis | null;
  newestT: Millis | null;
  /** Numbers not seen, ascending and apart. */
  gaps: readonly SeqGap[];
}>;
/**
 * What is known of a device's numbering. `former` is the count before the present one, whose stragglers may still come;
 * `lost` are gaps of counts before that, which nothing fills any more.
 */
export type SeqState = Readonly<{ current: SeqCount; former: SeqCount | null; lost: readonly SeqGap[] }>;

/** Beyond this many gaps in one list the two nearest become one, so that a mad device costs no more memory. */
export const MAX_SEQ_GAPS = 1_000;

/**
 * Next state after a message numbered `seq` whose newest reading is of `newestT` (undefined: it had none).
 *
 * A jump opens a gap; a lower number that is missing fills it, whatever its times (messages overtake each other); any other lower
 * number with *newer* times is a restarted device and begins a new count. A number seen before changes nothing. Messages older than the present count belong to the former one.
 */
export function foldSeq(state: SeqState | undefined, seq: number, newestT?: Millis): SeqState {
  const t = newestT ?? null;
  if (state === undefined) return { current: startOf(seq, t), former: null, lost: [] };
  const { current, former } = state;
  if (former !== null && t !== null && current.oldestT !== null && t < current.oldestT)
    return { ...state, former: foldCount(former, seq, t) };
  const restarted = seq < current.highest && !isMissing(current.gaps, seq) && t !== null && current.newestT !== null && t > current.newestT;
  if (!restarted) return { ...state, current: foldCount(current, seq, t) };
  return { current: startOf(seq, t), former: current, lost: bounded([...state.lost, ...(former?.gaps ?? [])]) };
}

/** All gaps known, those of earlier counts first. */
export function gapsOf(state: SeqState): readonly SeqGap[] {
  return [...state.lost, ...(state.former?.gaps ?? []), ...state.current.gaps];
}

function startOf(seq: number, t: Millis | null): SeqCount {
  return { highest: seq, oldestT: t, newestT: t, gaps: [] };
}

function foldCount(count: SeqCount, seq: number, t: Millis | null): SeqCount {
  const times = t === null ? {} : { oldestT: Math.min(t, count.oldestT ?? t), newestT: Math.max(t, count.newestT ?? t) };
  if (seq <= count.highest) return { ...count, ...times, gaps: filled(count.gaps, seq) };
  const gaps = seq === count.highest + 1 ? count.gaps : bounded([...count.gaps, { fromSeq: count.highest + 1, toSeq: seq - 1 }]);
  return { ...count, ...times, highest: seq, gaps };
}

function isMissing(gaps: readonly SeqGap[], seq: number): boolean {
  return seq > 1 && gaps.some((gap) => gap.fromSeq <= seq && seq <= gap.toSeq);
}

function filled(gaps: readonly SeqGap[], seq: number): readonly SeqGap[] {
  if (!gaps.some((gap) => gap.fromSeq <= seq && seq <= gap.toSeq)) return gaps;
  const rest = gaps.flatMap((gap) => {
    if (seq < gap.fromSeq || gap.toSeq < seq) return [gap];
    return [
      { fromSeq: gap.fromSeq, toSeq: seq - 1 },
      { fromSeq: seq + 1, toSeq: gap.toSeq },
    ].filter((part) => part.fromSeq <= part.toSeq);
  });
  return bounded(rest);
}

/** Merges the two nearest neighbours until the list is short enough. Neighbours of different counts (descending) are merged last. */
function bounded(gaps: readonly SeqGap[]): readonly SeqGap[] {
  let list = gaps;
  while (list.length > MAX_SEQ_GAPS) list = mergedAt(list, nearest(list));
  return list;
}

function nearest(gaps: readonly SeqGap[]): number {
  const distance = (i: number): number => {
    const between = (gaps[i + 1]?.fromSeq ?? 0) - (gaps[i]?.toSeq ?? 0);
    return between < 0 ? Number.MAX_SAFE_INTEGER : between;
  };
  let best = 0;
  for (let i = 1; i < gaps.length - 1; i++) if (distance(i) < distance(best)) best = i;
  return best;
}

function mergedAt(gaps: readonly SeqGap[], i: number): readonly SeqGap[] {
  const [a, b] = [gaps[i], gaps[i + 1]];
  if (a === undefined || b === undefined) return gaps.slice(1);
  return [...gaps.slice(0, i), { fromSeq: Math.min(a.fromSeq, b.fromSeq), toSeq: Math.max(a.toSeq, b.toSeq) }, ...gaps.slice(i + 2)];
}
