import type { Millis } from '@anlan/contracts';
import { gauss } from './chance.js';

/** What a quantity does on a quiet day. Everything is in the metric's unit. */
export type Signal = Readonly<{
  base: number;
  /** Half the height of the day curve, highest at `peakHour` (hour of the day, UTC+8). */
  day: number;
  peakHour: number;
  /** Deviation of the sensor's noise from sample to sample. */
  white: number;
  /** Deviation of the slow wandering over half an hour. */
  wander: number;
  /** Change per day that never comes back. */
  driftPerDay: number;
  digits: number;
  min: number;
  max: number;
}>;

const HOUR = 3_600_000;
const WANDER_MS = HOUR / 2;
const ZONE_MS = 8 * HOUR;

/** The value at a moment: a pure function of seed and time, so that history can be made again at any time. */
export function quietValue(signal: Signal, stream: number, t: Millis, since: Millis): number {
  const hour = ((t + ZONE_MS) / HOUR) % 24;
  const day = signal.day * Math.cos(((hour - signal.peakHour) / 12) * Math.PI);
  const drift = (signal.driftPerDay * (t - since)) / (24 * HOUR);
  return signal.base + day + drift + signal.wander * wandering(stream, t) + signal.white * gauss(stream, t);
}

/** As the device would send it: within its range, with its resolution. */
export function asSent(signal: Signal, value: number): number {
  return Number(Math.min(signal.max, Math.max(signal.min, value)).toFixed(signal.digits));
}

/** Smooth noise: normal numbers half an hour apart with a cosine between them. */
function wandering(stream: number, t: Millis): number {
  const place = t / WANDER_MS;
  const from = Math.floor(place);
  const weight = (1 - Math.cos(Math.PI * (place - from))) / 2;
  return gauss(~stream, from) * (1 - weight) + gauss(~stream, from + 1) * weight;
}
