import { createContext, use } from 'react';
import type { Siren } from './siren.js';

const SirenContext = createContext<Siren | null>(null);
export const SirenProvider = SirenContext.Provider;

export function useSiren(): Siren {
  const siren = use(SirenContext);
  if (siren === null) throw new Error('no SirenProvider above this part');
  return siren;
}
