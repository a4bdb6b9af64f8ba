/** Hours and modes in which a rule may tell. */
import type { EntityJson } from '@anlan/contracts';
import { isBox } from './body.js';
import type { Say } from './use-rule-words.js';

export const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;
export type Hours = Readonly<{ days: readonly number[]; from: string; to: string; offset: string }>;
/** China has one. */
export const OFFSET = '+08:00';

/** The windows of a rule as written, or as the lists show it; none: always. */
export function hoursOf(rule: EntityJson): readonly Hours[] {
  const said = rule['schedule'] ?? rule['active'];
  return (Array.isArray(said) ? (said as readonly unknown[]) : [said]).filter(isBox).map(({ days, from, to, offset }) => ({
    days: Array.isArray(days) ? days.filter((day): day is number => typeof day === 'number') : DAYS,
    from: typeof from === 'string' ? from : '00:00',
    to: typeof to === 'string' ? to : '24:00',
    offset: typeof offset === 'string' ? offset : OFFSET,
  }));
}

export function modesOf(rule: EntityJson): readonly string[] {
  return Array.isArray(rule['modes']) ? rule['modes'].filter((mode): mode is string => typeof mode === 'string') : [];
}

export function gateSentences(rule: EntityJson, say: Say): readonly string[] {
  const hours = hoursOf(rule).map((window) => hoursText(window, say));
  const modes = modesOf(rule);
  return [
    ...(hours.length > 0 ? [say('sentence.hours', { hours: hours.join(say('sentence.comma')) })] : []),
    ...(modes.length > 0 ? [say('sentence.modes', { modes: modes.map((mode) => modeText(mode, say)).join(say('sentence.comma')) })] : []),
  ];
}

/** `周一至周五 08:00–18:00` */
export function hoursText({ days, from, to, offset }: Hours, say: Say): string {
  return `${daysText(days, say)} ${from}–${to}${offset === OFFSET ? '' : ` (UTC${offset})`}`;
}

function daysText(days: readonly number[], say: Say): string {
  const sorted = DAYS.filter((day) => days.includes(day));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (sorted.length === 7 || first === undefined || last === undefined) return say('days.all');
  if (sorted.length > 2 && last - first === sorted.length - 1)
    return say('days.range', { from: say(`day.${first}`), to: say(`day.${last}`) });
  return sorted.map((day) => say(`day.${day}`)).join(say('sentence.and'));
}

export function modeText(mode: string, say: Say): string {
  return mode === 'normal' ? say('mode.normal') : mode;
}
