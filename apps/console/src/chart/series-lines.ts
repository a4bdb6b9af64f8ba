import { useMemo } from 'react';
import type { BucketJson, SampleJson, SeriesJson } from '@anlan/contracts';
import { linesOfBuckets, linesOfSamples, type Lines } from './lines.js';

const BUCKETS = 600;
const MINUTE_MS = 60_000;

/** Width of the buckets in which a stretch is asked for, in whole minutes; null for readings as they are, up to `rawUpToMs`. */
export function bucketsFor(stretchMs: number, rawUpToMs: number): number | null {
  return stretchMs <= rawUpToMs ? null : Math.ceil(stretchMs / BUCKETS / MINUTE_MS) * MINUTE_MS;
}

/** What was answered, as lines; null while nothing was. */
export function useSeriesLines(items: SeriesJson['items'] | undefined, everyMs: number | null): Lines | null {
  return useMemo(() => {
    if (items === undefined) return null;
    const isRaw = items.length === 0 || 'v' in (items[0] ?? {});
    return isRaw ? linesOfSamples(items as readonly SampleJson[]) : linesOfBuckets(items as readonly BucketJson[], everyMs ?? MINUTE_MS);
  }, [items, everyMs]);
}

/** Smallest and largest; infinite when there is none. */
export function rangeOf(values: readonly number[]): readonly [number, number] {
  return values.reduce<readonly [number, number]>(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
}
