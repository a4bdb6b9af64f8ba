/** Keys that only some kinds of rules have: their names and their words. */
import { ALARM_LEVELS, RATE_DIRECTIONS, RATE_ESTIMATORS } from '@anlan/contracts';
import type { Say } from './use-rule-words.js';
import { zhRules } from './words-zh.js';

/** A key in words where it has any, with the key itself: the handbook speaks of it by that name. */
export function paramWord(key: string, say: Say): string {
  const word = `param.${key}`;
  return word in zhRules ? `${say(word as keyof typeof zhRules)} (${key})` : key;
}

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  level: ALARM_LEVELS,
  gives: ALARM_LEVELS,
  direction: RATE_DIRECTIONS,
  estimator: RATE_ESTIMATORS,
  season: ['hourOfWeek', 'hourOfDay', 'none'],
  excess: ['relative', 'absolute'],
};

/** The words that a key may have; undefined: any text. */
export function paramChoices(key: string, was: unknown, say: Say): readonly (readonly [string, string])[] | undefined {
  if (typeof was === 'boolean')
    return [
      ['true', say('changes.yes')],
      ['false', say('changes.no')],
    ];
  return CHOICES[key]?.map((word) => {
    const name = `choice.${word}`;
    return [word, name in zhRules ? say(name as keyof typeof zhRules) : word] as const;
  });
}
