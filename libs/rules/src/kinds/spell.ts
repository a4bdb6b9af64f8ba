/** Numbers and stretches of time as people say them: two or three digits, a unit that fits. */
import type { Millis } from '@anlan/contracts';

/** Three significant digits, without exponents for everyday values. */
export function brief(v: number): string {
  return String(Number(v.toPrecision(3)));
}

/** A value with as many decimals as a change of this size needs. */
export function fine(v: number, change: number): string {
  const decimals = change === 0 ? 3 : 2 - Math.floor(Math.log10(Math.abs(change)));
  return String(Number(v.toFixed(Math.max(0, Math.min(9, decimals)))));
}

const STEPS = [
  { unit: 'd', ms: 86_400_000, from: 2 },
  { unit: 'h', ms: 3_600_000, from: 2 },
  { unit: 'min', ms: 60_000, from: 2 },
  { unit: 's', ms: 1_000, from: 0 },
] as const;

/** 604800000 → "7 d", 793000 → "13.2 min". */
export function stretch(ms: Millis): string {
  const step = STEPS.find((one) => ms >= one.from * one.ms) ?? STEPS[3];
  return `${brief(ms / step.ms)} ${step.unit}`;
}
