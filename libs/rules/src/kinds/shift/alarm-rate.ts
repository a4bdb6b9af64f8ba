/** The limit that would have kept the wanted number of alarms a month. */
import type { CusumMethod, Millis, ShiftRule } from '@anlan/contracts';

const MOST_PEAKS = 32;
const MONTH_MS: Millis = 30 * 86_400_000;

/** Keeps the highest runs, highest first. */
export function notePeak(peaks: number[], peak: number): void {
  if (peak <= 0) return;
  const place = peaks.findIndex((one) => one < peak);
  peaks.splice(place < 0 ? peaks.length : place, 0, peak);
  if (peaks.length > MOST_PEAKS) peaks.length = MOST_PEAKS;
}

/**
 * The rule's `h`, or a higher one if the runs of the second half of the learning stretch would have crossed it more often than wanted. Where less
 * than one alarm was to be expected in that stretch, the limit is carried beyond the highest run: peaks of chance runs fall off as e^(−2kh).
 */
export function limitFor(rule: ShiftRule & CusumMethod, peaks: readonly number[]): number {
  const { h, k, targetAlarmsPerMonth, learnMs } = rule;
  if (targetAlarmsPerMonth === undefined || peaks.length === 0) return h;
  const expected = (targetAlarmsPerMonth * learnMs) / 2 / MONTH_MS;
  const allowed = Math.min(Math.floor(expected), peaks.length - 1);
  const beyond = expected < 1 ? Math.log(1 / expected) / (2 * Math.max(k, LEAST_SLACK)) : 0;
  return Math.max(h, (peaks[allowed] ?? 0) + beyond);
}

/** Without slack chance runs have no scale of their own. */
const LEAST_SLACK = 0.1;
