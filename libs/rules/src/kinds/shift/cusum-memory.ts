import type { CusumMethod, Millis, ShiftRule } from '@anlan/contracts';
import type { Cusum, Run } from '../../estimate/cusum.js';
import type { Profile } from '../../estimate/seasonal.js';
import type { Whiteness } from '../../estimate/whiteness.js';
import type { Sample } from './sample.js';

export type CusumRule = ShiftRule & CusumMethod;

/** Mutable and plain. */
export type CusumMemory = {
  profile: Profile;
  /** By how much the usual level has moved since the profile was learned (C2). */
  moved: number;
  /** How many samples that height rests on, counted up to `SETTLED`. */
  grounds: number;
  white: Whiteness;
  cusum: Cusum;
  /** Samples of the present run (C1), oldest first. */
  waiting: Learned[];
  /** Limit in use; null until it is known. */
  h: number | null;
  /** Highest runs of the learning stretch, highest first. */
  peaks: number[];
  /** While the alarm is open: since when, and the departures since. */
  open: { since: Millis; n: number; sum: number } | null;
  last: Departed | null;
};
export type Learned = Pick<Sample, 't' | 'v' | 'forMs' | 'everyMs'>;
/** The last sample, beside what was usual then. */
export type Departed = { t: Millis; v: number; usual: number; sigma: number };

/** The run that matters: the higher one of the directions watched. */
export function leadingRun({ direction }: ShiftRule, { up, down }: Cusum): Run {
  if (direction === 'both') return down.c > up.c ? down : up;
  return direction === 'rise' ? up : down;
}
