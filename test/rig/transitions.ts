import type { Platform } from './platform.js';

export type Transition = Readonly<{ t: number; level: string; alarmId: string; type: string }>;

type Event = Readonly<{ type: string; t: string; level: string; data: Readonly<Record<string, unknown>> }>;

/** The level that is shown after an event; undefined when the event leaves it. */
function shown({ type, level, data }: Event): string | undefined {
  if (['raised', 'returned', 'rebreached', 'level_rose', 'level_fell'].includes(type)) return level;
  return type === 'recovered' || (type === 'rule_edited' && data['process'] === 'normal') ? 'normal' : undefined;
}

/** Changes of the level of a point as the timelines of its live threshold alarms tell them, in event time. */
export async function transitionsOf(platform: Platform, pointId: string): Promise<readonly Transition[]> {
  const alarms = (await platform.all(`/alarms?pointId=${pointId}`)).filter((alarm) => alarm.kind === 'threshold' && !alarm.retrospective);
  const found: Transition[] = [];
  for (const { id } of alarms) {
    const events: readonly Event[] = (await platform.get(`/alarms/${id}/timeline`)).items;
    for (const event of events) {
      const level = shown(event);
      if (level !== undefined) found.push({ t: Date.parse(event.t), level, alarmId: id, type: event.type });
    }
  }
  return found.sort((a, b) => a.t - b.t);
}
