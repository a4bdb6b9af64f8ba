/** What a shift method judges: a reading, or the value of a stretch of the clock. */
import type { Millis, ShiftRule } from '@anlan/contracts';
import type { Input } from '../../detector.js';
import { gather, lengthOf, type Gathering } from '../../estimate/clock-window.js';

const DAY_MS = 86_400_000;

export type Sample = Readonly<{
  /** Where it belongs in the season: the reading's time, or the beginning of the stretch. */
  t: Millis;
  /** The time it stands for. */
  forMs: Millis;
  /** From one sample to the next. */
  everyMs: Millis;
  v: number;
  certain: boolean;
  open: boolean;
}>;

/** The next sample, if this reading makes one. */
export function sampleOf(rule: ShiftRule, gathering: Gathering, input: Input): Sample | undefined {
  const { window, season } = rule;
  if (!window) {
    const forMs = Math.min(input.gapMs, input.intervalMs);
    return { t: input.t, forMs, everyMs: forMs, v: input.v, certain: input.certain, open: input.open };
  }
  const done = gather(gathering, input, { window, zoneOffsetMs: season.zoneOffsetMs });
  const forMs = lengthOf(window);
  return done && { t: done.from, forMs, everyMs: 'everyMs' in window ? forMs : DAY_MS, v: done.v, certain: done.certain, open: input.open };
}

/** Least scale of the rule at a usual level: the sensor's resolution, and a share of the level. Never 0, for a constant past proves no precision. */
export function leastScale({ minScale, minScaleShare }: ShiftRule, level: number): number {
  return Math.max(minScale, minScaleShare * Math.abs(level), Number.MIN_VALUE);
}
