/**
 * What the devices of W1 send: every tenth reading lies above the limit, `run` of them in a row, the devices taking turns.
 * The value carries the message number, so that an alarm can be traced to the message that made it.
 */
export const LIMIT = 100;
const EVERY = 10;

export type Pattern = Readonly<{
  devices: number;
  rate: number;
  /** Breaches in a row. 1: each is an episode of its own, the hardest case for whoever keeps alarms. */ run: number;
}>;

/** Is message `k` of a device above the limit. */
export function isBreach({ devices, run }: Pick<Pattern, 'devices' | 'run'>, device: number, k: number): boolean {
  // Spread over the whole cycle, so that the devices do not breach together.
  const shift = Math.floor((device * EVERY * run) / devices);
  const place = k + shift;
  // A run that would have begun before the first message is left out: else a tenth of the devices would breach at once.
  return Math.floor(place / run) % EVERY === EVERY - 1 && place - (place % run) >= shift;
}

/** Does an episode begin with this message. */
export function isOnset(pattern: Pick<Pattern, 'devices' | 'run'>, device: number, k: number): boolean {
  return isBreach(pattern, device, k) && (k === 0 || !isBreach(pattern, device, k - 1));
}

/** 101, 102, … for a breach; 0.001, 0.002, … below the limit. */
export function valueOf(pattern: Pick<Pattern, 'devices' | 'run'>, device: number, k: number): number {
  return isBreach(pattern, device, k) ? LIMIT + 1 + k : (k + 1) / 1_000;
}

/** The number of the message that carried this value. */
export function messageOf(value: number): number {
  return value > LIMIT ? Math.round(value) - LIMIT - 1 : Math.round(value * 1_000) - 1;
}

/** Breaches and episodes among the first `messages` messages, sent round robin over the devices. */
export function countsOf(pattern: Pattern, messages: number): Readonly<{ breaches: number; onsets: number }> {
  const counts = { breaches: 0, onsets: 0 };
  for (let n = 0; n < messages; n += 1) {
    const [device, k] = [n % pattern.devices, Math.floor(n / pattern.devices)];
    if (isBreach(pattern, device, k)) counts.breaches += 1;
    if (isOnset(pattern, device, k)) counts.onsets += 1;
  }
  return counts;
}

/** When message `k` of a device was due, in ms from the start. */
export function dueMs({ devices, rate }: Pattern, device: number, k: number): number {
  return ((k * devices + device) * 1_000) / rate;
}
