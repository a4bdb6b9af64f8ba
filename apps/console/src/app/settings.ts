import { source, type Signal } from '../data/signal.js';
import { LANGUAGES, type Language } from '../words/index.js';

export const THEMES = ['dark', 'light'] as const;
export type Theme = (typeof THEMES)[number];
/** What this browser remembers: how the page looks, never who is at it. */
export type Looks = Readonly<{ theme: Theme; language: Language }>;
export type LooksStore = Signal<Looks> & Readonly<{ change(part: Partial<Looks>): void }>;

const KEY = 'anlan.looks';

/** Kept in `storage` where it can be; a browser that refuses still works, it only forgets. */
export function looksStore(storage: () => Pick<Storage, 'getItem' | 'setItem'>): LooksStore {
  const state = source<Looks>(read(storage));
  return {
    get: state.get,
    subscribe: state.subscribe,
    change: (part) => {
      state.set({ ...state.get(), ...part });
      try {
        storage().setItem(KEY, JSON.stringify(state.get()));
      } catch {
        // Storage refused (private window, policy): the choice lasts as long as the page.
      }
    },
  };
}

function read(storage: () => Pick<Storage, 'getItem'>): Looks {
  try {
    const kept = JSON.parse(storage().getItem(KEY) ?? '{}') as Partial<Record<string, unknown>>;
    return {
      theme: THEMES.find((theme) => theme === kept['theme']) ?? 'dark',
      language: LANGUAGES.find((language) => language === kept['language']) ?? 'zh',
    };
  } catch {
    return { theme: 'dark', language: 'zh' };
  }
}
