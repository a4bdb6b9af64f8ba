import { enScreens } from './en-screens.js';
import { enTerms } from './en-terms.js';
import type { zh } from './zh.js';

/** English, with exactly the keys of the Chinese. */
export const en: Readonly<Record<keyof typeof zh, string>> = { ...enTerms, ...enScreens };
