import { useTranslation } from 'react-i18next';
import type { i18n as I18n } from 'i18next';
import type { WordKey } from '../words/index.js';
import { enRules } from './words-en.js';
import { zhRules } from './words-zh.js';

type RuleWord = keyof typeof zhRules | WordKey;
/** Says words of the rule pages, and all others. */
export type Say = (key: RuleWord, holes?: Readonly<Record<string, unknown>>) => string;

/** The words of the rule pages come with these pages, not with the first load: they are put to the others when first asked for. */
function learn(i18n: I18n): void {
  if (i18n.exists('rules.title' as 'nav.rules')) return;
  i18n.addResourceBundle('zh', 'words', zhRules, false, true);
  i18n.addResourceBundle('en', 'words', enRules, false, true);
}

export function useSay(): Readonly<{ say: Say; english: boolean }> {
  const { t, i18n } = useTranslation();
  learn(i18n);
  return { say: t as unknown as Say, english: i18n.language === 'en' };
}
