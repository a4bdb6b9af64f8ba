import type { Millis } from './basics.js';
import type { LadderedRule } from './rule-ladder.js';

export type Season = 'hourOfWeek' | 'hourOfDay' | 'none';

/** Which times are alike. */
export type SeasonSpec = Readonly<{
  season: Season;
  /** Of local civil time, which is taken to have a fixed offset: China has had no summer time since 1992. */
  zoneOffsetMs: Millis;
  /** Holidays get bins of their own, working weekends those of a working day. Only with `hourOfWeek`. */
  calendar?: 'CN';
  /** Over which the long-term centre and scale forget, Infinity for never; absent: the time it took to learn, or four weeks. */
  memoryMs?: Millis;
}>;

/** How the band in which a point usually is comes about. */
export type BandSpec = Readonly<{
  season: SeasonSpec;
  /** How much must be seen before there is a band. */
  learn: Readonly<{ forMs: Millis }> | Readonly<{ rows: number }>;
  /** What is done after learning: nothing, follow slowly, or always take the last `windowMs` of what was learned. */
  adapt: 'frozen' | 'slow' | Readonly<{ windowMs: Millis }>;
  /** The mean, or the quantile of this share (0.5: the median). Quantiles know no season and cannot follow slowly. */
  centre: 'mean' | number;
  /** Standard deviation, or 1.4826 × median absolute deviation, which has the limits of quantiles. */
  scale: 'sd' | 'mad';
  /** Least scale, in the unit of the point: as a rule what the sensor can resolve. */
  minScale: number;
  /** Go on learning while an alarm is open. */
  learnWhileOpen: boolean;
}>;

/**
 * Distance from what is usual at this time. The score is the distance in the wanted direction (`both`: in either), always with side `high`:
 * in scales of the learned band, or in the unit of the point.
 */
export type BaselineRule = LadderedRule<'baseline'> &
  Readonly<{
    band: BandSpec;
    direction: 'both' | 'rise' | 'fall';
    excess: 'relative' | 'absolute';
    /** Compared is the mean of the last readings or of the last stretch; absent: the reading itself. Learned are always the readings. */
    smooth?: Readonly<{ forMs: Millis }> | Readonly<{ rows: number }>;
  }>;
