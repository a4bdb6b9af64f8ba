import { zhScreens } from './zh-screens.js';
import { zhTerms } from './zh-terms.js';

/** Chinese, the first language. Short and plain: no 您, no exclamation marks. A button is a verb; an error says what was kept. */
export const zh = { ...zhTerms, ...zhScreens } as const;
