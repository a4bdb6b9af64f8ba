import type { Millis } from '@anlan/contracts';
import { hashOf } from './chance.js';
import type { FleetDevice } from './fleet-plan.js';
import type { Moment } from './story.js';

export type Sample = Readonly<{ t: Millis; moment: Moment }>;

/** A live message with the device's own counter. Every tenth device sends its numbers as text, as the field does. */
export function liveMessage(device: FleetDevice, seq: number, { t, moment }: Sample): string {
  const asText = hashOf(device.id) % 10 === 0;
  return JSON.stringify({
    seq,
    readings: moment.values.map(({ point, value }) => ({ m: point.metric, t, v: asText ? String(value) : value, q: 'good' })),
  });
}

/** Readings kept during an outage, several times in one message, oldest first. */
export function historyMessage(samples: readonly Sample[]): string {
  return JSON.stringify(
    samples.map(({ t, moment }) => ({ t, values: Object.fromEntries(moment.values.map(({ point, value }) => [point.metric, value])) })),
  );
}
