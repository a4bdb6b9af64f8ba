import type { NewestSample } from './series.js';

/**
 * Newest sample of each point, quick to read. A cache of the series, which stays the truth.
 *
 * V1  An older sample (by `t`) never replaces a newer one, in whatever order they come.
 * V2  Losing all of it loses nothing: the series answers for points that are not here.
 */
export type LastValues = Readonly<{
  put(samples: readonly NewestSample[]): Promise<void>;
  newest(pointIds: readonly string[]): Promise<readonly NewestSample[]>;
}>;
