import type { Millis } from '@anlan/contracts';
import { dueLine } from './line-protocol.js';
import type { Placed } from './origin.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
/** A minute is closed, and its bucket computed, this long after its end. */
export const GRACE_MS = 60_000;
/** Marks are acted upon when they are older than this: what they speak of is stored by then, or they are made again. */
export const MARK_REST_MS = 60_000;
/** A writer marks from here on, so that a bucket computed meanwhile on another clock is not missed. */
const EARLY_MS = 30_000;
/** A mark speaks for what is written within this time after it. */
const COVERS_MS = 20_000;

/** Lines that mark the hours of late readings as due. A mark covers some seconds, so that a flood of late readings makes few. */
export type LateMarks = Readonly<{
  linesFor(stored: readonly Placed[], now: Millis): readonly string[];
  /** After a failed write: what was marked by it may not be. */ forget(): void;
}>;

export function lateMarks(): LateMarks {
  const marked = new Map<string, Millis>();
  return {
    linesFor(stored, now) {
      for (const [hour, at] of marked) {
        if (now - at < COVERS_MS && at <= now) break;
        marked.delete(hour);
      }
      const lines: string[] = [];
      for (const { reading } of stored.map(({ row }) => row)) {
        const minuteEnd = Math.floor(reading.t / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
        if (now < minuteEnd + GRACE_MS - EARLY_MS) continue;
        const hour = Math.floor(reading.t / HOUR_MS) * HOUR_MS;
        const of = `${reading.pointId}\n${hour}`;
        if (marked.has(of)) continue;
        marked.set(of, now);
        lines.push(dueLine(reading.pointId, hour, now, lines.length));
      }
      return lines;
    },
    forget: () => marked.clear(),
  };
}
