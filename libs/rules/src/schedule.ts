/**
 * When a rule may tell: hours of the week and modes of the asset (AS 3.7, last row). It goes on judging outside of them, so that an opening tells at once
 * what stands.
 *
 * W1  Event time only, and a fixed offset from UTC: the same readings give the same verdicts wherever and whenever they are judged.
 * W2  What was told while open is followed to its end: a window never hides how an alarm ends.
 */
import type { AssetMode, Millis, RuleGate, RuleWindow } from '@anlan/contracts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
/** 1970-01-01 was a Thursday. */
const FIRST_DAY = 4;
/** Every window begins at least once in so many days. */
const DAYS_AHEAD = 8;

/** The mode of an asset for which none is set. */
export const NORMAL_MODE = 'normal';

/** Is there anything to look at; a rule without a gate tells always. */
export function isGated({ active, modes }: RuleGate): boolean {
  return active !== undefined || modes !== undefined;
}

/** May the rule tell at event time `t`, its asset being in `mode`. */
export function isActive({ active, modes }: RuleGate, mode: AssetMode | undefined, t: Millis): boolean {
  return (modes?.includes(modeAt(mode, t)) ?? true) && (active?.some((window) => isWithin(window, t)) ?? true);
}

function modeAt(mode: AssetMode | undefined, t: Millis): string {
  return mode && mode.from <= t && t < mode.until ? mode.name : NORMAL_MODE;
}

function isWithin(window: RuleWindow, t: Millis): boolean {
  const { day, minute } = clockAt(window, t);
  const { fromMin, toMin } = window;
  if (fromMin < toMin) return hasDay(window, day) && minute >= fromMin && minute < toMin;
  return (hasDay(window, day) && minute >= fromMin) || (hasDay(window, day - 1) && minute < toMin);
}

function clockAt({ offsetMin }: RuleWindow, t: Millis): Readonly<{ day: number; minute: number }> {
  const local = t + offsetMin * MINUTE_MS;
  const day = Math.floor(local / DAY_MS);
  return { day, minute: Math.floor((local - day * DAY_MS) / MINUTE_MS) };
}

/** `day`: days since 1970-01-01. */
function hasDay({ days }: RuleWindow, day: number): boolean {
  return days.includes(((((day + FIRST_DAY - 1) % 7) + 7) % 7) + 1);
}

/** The first moment from `t` on at which the rule may tell; Infinity when nothing that is known now opens it. */
export function nextOpening(gate: RuleGate, mode: AssetMode | undefined, t: Millis): Millis {
  const moments = [t, ...(mode ? [mode.from, mode.until] : []), ...(gate.active ?? []).flatMap((window) => beginnings(window, t))];
  return moments.filter((at) => at >= t && isActive(gate, mode, at)).reduce((first, at) => Math.min(first, at), Infinity);
}

function beginnings(window: RuleWindow, t: Millis): readonly Millis[] {
  const { day } = clockAt(window, t);
  return Array.from({ length: DAYS_AHEAD }, (_, i) => day + i)
    .filter((one) => hasDay(window, one))
    .map((one) => one * DAY_MS + (window.fromMin - window.offsetMin) * MINUTE_MS);
}
