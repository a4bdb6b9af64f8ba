import i18next, { type TFunction } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en.js';
import { zh } from './zh.js';

export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export type WordKey = keyof typeof zh;
export type Words = TFunction;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words';
    resources: { words: typeof zh };
    keySeparator: false;
    nsSeparator: false;
  }
}

/** Loads both languages; Chinese is the first and the fallback. Keys are whole (`alarm.ack`), not paths. */
export async function startWords(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'zh',
    defaultNS: 'words',
    resources: { zh: { words: zh }, en: { words: en } },
    keySeparator: false,
    nsSeparator: false,
    initAsync: false,
    // React escapes; escaping twice would show entities.
    interpolation: { escapeValue: false },
  });
}
