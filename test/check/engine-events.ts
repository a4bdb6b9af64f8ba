import { type AlarmEvent, type AlarmKey, keyText } from '@anlan/contracts';
import type { EngineEvents } from './evidence.js';

/** What the engine did to one alarm. */
export function engineEventsOf(key: AlarmKey, events: readonly AlarmEvent[]): EngineEvents {
  const ofEngine = events.filter(({ actor }) => actor.kind === 'engine');
  return new Map(ofEngine.map(({ id, type, level, t }) => [id, `${keyText(key)} ${type} ${level} at ${t}`]));
}
