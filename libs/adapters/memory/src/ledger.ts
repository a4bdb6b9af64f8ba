import { type LedgerCounts, NO_COUNTS, type SeqState, addCounts, foldSeq, gapsOf } from '@anlan/contracts';
import type { Ledger, LedgerEntry } from '@anlan/ports';

/** A ledger in memory. For the simulation and for tests. */
export function memoryLedger(): Ledger {
  const positions = new Map<number, number>();
  const rows = new Map<string, Map<number, LedgerCounts>>();
  const seqs = new Map<string, SeqState>();

  const count = ({ deviceId, hour, counts, seq, newestT }: LedgerEntry): void => {
    const hours = rows.get(deviceId) ?? new Map<number, LedgerCounts>();
    rows.set(deviceId, hours.set(hour, addCounts(hours.get(hour) ?? NO_COUNTS, counts)));
    if (seq !== undefined) seqs.set(deviceId, foldSeq(seqs.get(deviceId), seq, newestT));
  };
  const gaps = (deviceId: string): ReturnType<typeof gapsOf> => {
    const state = seqs.get(deviceId);
    return state === undefined ? [] : gapsOf(state);
  };

  return {
    async position(partition) {
      return positions.get(partition) ?? 0;
    },
    async apply(partition, { from, next }, entries) {
      const position = positions.get(partition) ?? 0;
      if (position !== from) return position;
      entries.forEach(count);
      positions.set(partition, next);
      return next;
    },
    async items(from, to, deviceIds) {
      const wanted = deviceIds === undefined ? undefined : new Set(deviceIds);
      return [...rows]
        .filter(([deviceId]) => wanted?.has(deviceId) ?? true)
        .flatMap(([deviceId, hours]) => {
          const inside = [...hours].filter(([hour]) => hour >= from && hour < to).map(([, counts]) => counts);
          return inside.length === 0 ? [] : [{ deviceId, ...inside.reduce(addCounts), inFlight: 0, gaps: gaps(deviceId) }];
        })
        .sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
    },
    async gaps(deviceId) {
      return gaps(deviceId);
    },
    async expire(before) {
      return [...rows].reduce((sum, [deviceId, hours]) => {
        const old = [...hours.keys()].filter((hour) => hour < before);
        for (const hour of old) hours.delete(hour);
        if (hours.size === 0) rows.delete(deviceId);
        return sum + old.length;
      }, 0);
    },
  };
}
