/** Numbers, stretches of time and colours as people read them. */
import type { AlarmLevel, Millis, Said } from '@anlan/contracts';

/** At most six significant digits, without exponent noise for everyday values. */
export function number(v: number): string {
  return String(Number(v.toPrecision(6)));
}

/** 90000 → "90 s", 300000 → "5 min", 7200000 → "2 h". */
export function duration(ms: Millis): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms >= 120_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${number(ms / 1000)} s`;
}

/** Three significant digits, without exponents for everyday values. */
export function brief(v: number): string {
  return String(Number(v.toPrecision(3)));
}

/** A value with as many decimals as a change of this size needs: three digits of it. `whenAlike`: decimals for no change at all. */
export function fine(v: number, change: number, whenAlike = 3): string {
  const decimals = change === 0 ? whenAlike : 2 - Math.floor(Math.log10(Math.abs(change)));
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

export const COLOURS = {
  blue: { zh: '蓝色', en: 'blue' },
  yellow: { zh: '黄色', en: 'yellow' },
  orange: { zh: '橙色', en: 'orange' },
  red: { zh: '红色', en: 'red' },
} as const satisfies Readonly<Record<AlarmLevel, Said>>;
