import type { Millis, RangeMethod, ShiftRule } from '@anlan/contracts';
import type { Extremes } from '../../estimate/extremes.js';

export type RangeRule = ShiftRule & RangeMethod;

/** Mutable and plain. */
export type RangeMemory = { seen: Extremes; openSince: Millis | null; last: Ranged | null };
/** The last sample, beside the range that it was judged by. `margin` in the unit of the point. */
export type Ranged = Readonly<{ t: Millis; v: number; low: number; high: number; margin: number }>;
