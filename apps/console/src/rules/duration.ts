import type { Say } from './use-rule-words.js';

const UNITS = ['w', 'd', 'h', 'm', 's', 'ms', 'x'] as const;
type Unit = (typeof UNITS)[number];
const MS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** A duration as rules are written (`10s`, `5m`, `3x`, milliseconds): a number and its unit. */
export function durationOf(value: unknown): Readonly<{ n: number; unit: Unit }> | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) {
    const unit = (['d', 'h', 'm', 's'] as const).find((one) => value >= MS[one] && value % MS[one] === 0) ?? 'ms';
    return { n: value / MS[unit], unit };
  }
  const parts = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w|x)$/.exec(value) : null;
  const unit = parts?.[2] === 'min' ? 'm' : UNITS.find((one) => one === parts?.[2]);
  return parts && unit ? { n: Number(parts[1]), unit } : undefined;
}

/** In words: `10 秒`, `3 个上报周期`. What is no duration stands as it is written. */
export function durationText(value: unknown, say: Say): string {
  const found = durationOf(value);
  return found === undefined ? String(value) : say(`dur.${found.unit}`, { n: found.n });
}

/** Is it there and longer than nothing. */
export function lasts(value: unknown): boolean {
  return (durationOf(value)?.n ?? 0) > 0;
}
