import type { LastValues, NewestSample } from '@anlan/ports';

/** Last values within one process. `clear` loses all of them, as a cache may. */
export function memoryLastValues(): LastValues & Readonly<{ clear(): void }> {
  const newest = new Map<string, NewestSample>();
  return {
    async put(samples) {
      for (const sample of samples) {
        const before = newest.get(sample.pointId);
        if (before === undefined || sample.t > before.t) newest.set(sample.pointId, sample);
      }
    },
    async newest(pointIds) {
      return pointIds.flatMap((pointId) => newest.get(pointId) ?? []);
    },
    clear: () => newest.clear(),
  };
}
