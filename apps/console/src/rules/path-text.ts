import { LEVEL_FIELDS, type RuleDraft } from './draft.js';
import { paramWord } from './params.js';
import type { Say } from './use-rule-words.js';
import { zhRules } from './words-zh.js';

/** Where in the form something is, in words: `/levels/0/onDelay` is `红色 · 持续时间`. */
export function pathText(path: string, { levels }: Pick<RuleDraft, 'levels'>, say: Say): string {
  const [, first = '', second, third] = path.split('/');
  if (first === '') return say('edit.whole');
  if (first === 'levels') {
    const level = levels[Number(second)];
    const field = LEVEL_FIELDS.find((key) => key === third);
    return [
      level === undefined ? say('rule.limits') : say(`level.${level.level}`),
      ...(field === undefined ? [] : [say(`ruleField.${field}`)]),
    ].join(' · ');
  }
  if (first === 'active') return say('edit.hours');
  const word = `efield.${first}`;
  return word in zhRules ? say(word as keyof typeof zhRules) : paramWord(first, say);
}
