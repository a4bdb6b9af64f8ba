import { createContext, use } from 'react';
import { useSignal } from '../data/react.js';
import type { ActionDesk, DeskState, Note } from './action-desk.js';

const DeskContext = createContext<ActionDesk | null>(null);
export const DeskProvider = DeskContext.Provider;

export function useDesk(): ActionDesk {
  const desk = use(DeskContext);
  if (desk === null) throw new Error('no DeskProvider above this part');
  return desk;
}
export function useDeskState(): DeskState {
  return useSignal(useDesk());
}
export function useNote(alarmId: string): Note | null {
  return useDeskState().notes.get(alarmId) ?? null;
}
