import { ALARM_LEVELS } from '@anlan/contracts';
import { isBox, isText } from './pack-shape.js';
import type { Amount } from './pack.js';

const AMOUNT_KEYS = ['of', 'times', 'plus'];

/** Whether a map of a body is an amount: `{of, times?, plus?}` and nothing else (a roll-up's `{need, of, gives}` is not). */
export function isAmount(value: unknown): value is Exclude<Amount, number> {
  return isBox(value) && isText(value['of']) && Object.keys(value).every((key) => AMOUNT_KEYS.includes(key));
}

/** Whether a text of a body stands for the id of a rule or point: `@name`. */
export function isReference(value: unknown): value is string {
  return isText(value) && value.startsWith('@');
}

/** Whether an amount speaks of another level of the same rule (`{of: red, times: 1.1}`), which the rule engine works out itself. */
export function isOfLevel(value: unknown): boolean {
  return isAmount(value) && ALARM_LEVELS.some((level) => level === value.of);
}

/** An amount as a person reads it: `控制浸润线埋深 × 1.1`, `25`. */
export function amountInWords(amount: Amount | undefined, needs: Readonly<Record<string, string>> = {}): string {
  if (amount === undefined) return '';
  if (typeof amount === 'number') return String(amount);
  const { of, times, plus } = amount;
  return [
    needs[of] ?? of,
    times === undefined ? '' : ` × ${times}`,
    plus === undefined ? '' : ` ${plus < 0 ? '−' : '+'} ${Math.abs(plus)}`,
  ].join('');
}
