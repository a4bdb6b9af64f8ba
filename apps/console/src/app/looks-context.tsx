import { createContext, use } from 'react';
import { useSignal } from '../data/react.js';
import type { Looks, LooksStore } from './settings.js';

const LooksContext = createContext<LooksStore | null>(null);
export const LooksProvider = LooksContext.Provider;

export function useLooksStore(): LooksStore {
  const looks = use(LooksContext);
  if (looks === null) throw new Error('no LooksProvider above this part');
  return looks;
}
export function useLooks(): Looks {
  return useSignal(useLooksStore());
}
