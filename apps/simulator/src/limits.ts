import type { AlarmLevel } from '@anlan/contracts';

/** Limits of one point by direction, mildest first. */
export type Limits = Readonly<{ high: readonly Limit[]; low: readonly Limit[] }>;
export type Limit = readonly [level: AlarmLevel, at: number];
