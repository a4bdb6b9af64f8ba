/**
 * A value outside of everything seen in the learning stretch: the plainest sign of a new level, for points whose noise has no known law.
 *
 * N1  Nothing is called before a quarter of the learning stretch was seen.
 * N2  A value that calls is not learned, nor is anything while the alarm is open, until it has stood for `rebaseMs`.
 */
import type { Millis } from '@anlan/contracts';
import { learnExtreme, rangeOf } from '../../estimate/extremes.js';
import type { Method } from './method.js';
import type { RangeMemory, RangeRule } from './range-memory.js';
import { leastScale, type Sample } from './sample.js';
import { drawRange, sayRange } from './say-range.js';

const READY_SHARE = 0.25;

export function rangeMethod(rule: RangeRule): Method<RangeMemory> {
  return {
    start: () => ({ seen: [], openSince: null, last: null }),
    step: (memory, sample, begun) => step(rule, memory, { sample, seenMs: sample.t - begun }),
    explain: (memory, about) => sayRange(rule, memory, about),
    evidence: (memory, about) => drawRange(rule, memory, about),
  };
}

function step(rule: RangeRule, memory: RangeMemory, { sample, seenMs }: Readonly<{ sample: Sample; seenMs: Millis }>): number | undefined {
  const { t, v, certain, open } = sample;
  const score = seenMs >= READY_SHARE * rule.learnMs ? scored(rule, memory, sample) : undefined;
  memory.openSince = open ? (memory.openSince ?? t) : null;
  const isFrozen = rule.freezeWhileOpen && memory.openSince !== null && t - memory.openSince < rule.rebaseMs;
  const calls = score !== undefined && score >= leastLimit(rule) && memory.openSince === null;
  if (certain && !isFrozen && !calls) learnExtreme(memory.seen, { t, v }, rule.learnMs);
  return score;
}

function leastLimit({ levels }: RangeRule): number {
  return levels.reduce((least, { at = 1 }) => Math.min(least, at), Infinity);
}

/** By how many margins the value lies outside of the range; negative inside. */
function scored(rule: RangeRule, memory: RangeMemory, { t, v }: Sample): number | undefined {
  const range = rangeOf(memory.seen, t, rule.learnMs);
  if (!range) return undefined;
  const { low, high } = range;
  const margin = Math.max(rule.margin * (high - low), leastScale(rule, Math.max(Math.abs(low), Math.abs(high))));
  memory.last = { t, v, low, high, margin };
  const above = (v - high) / margin;
  const below = (low - v) / margin;
  const off = rule.direction === 'both' ? Math.max(above, below) : rule.direction === 'rise' ? above : below;
  return Math.max(-MOST, Math.min(MOST, off));
}

/** Beyond this nobody counts margins: the past was constant. */
const MOST = 1_000;
