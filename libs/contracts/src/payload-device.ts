import type { Millis } from './basics.js';
import type { DeadLetterCode } from './dead-letter.js';
import { decodeJson, excerpt, isObject, type Refusal } from './payload-text.js';
import { parseTime, type LocalToUtc } from './payload-time.js';

export const DEVICE_LIMITS = { eventBytes: 8 * 1024, statusBytes: 1024, eventKeys: 100 } as const;
const EVENT_NAME = /^[A-Za-z0-9_.:-]{1,64}$/;

export type DeviceSaid = Readonly<{ arrivedAt: Millis; localToUtc: LocalToUtc }>;
export type ParsedStatus = Readonly<{ kind: 'status'; online: boolean; t: Millis }> | Readonly<{ kind: 'refused'; refusal: Refusal }>;
export type ParsedEvent =
  | Readonly<{ kind: 'event'; event: string; t: Millis; data: Readonly<Record<string, unknown>> }>
  | Readonly<{ kind: 'refused'; refusal: Refusal }>;

/** `{"online":true,"t":…}` of the status topic and of the will. Without a time the time of arrival is meant. */
export function parseStatus(payload: Uint8Array, said: DeviceSaid): ParsedStatus {
  const decoded = decodeJson(payload, DEVICE_LIMITS.statusBytes);
  if (decoded.kind === 'refused') return decoded;
  const { value } = decoded;
  if (!isObject(value) || typeof value['online'] !== 'boolean')
    return refuse('bad_shape', 'a status is {"online":true|false,"t":…}', payload);
  return { kind: 'status', online: value['online'], t: timeOrArrival(value['t'], said) };
}

/** `{"t":…,"event":"cover_open","data":{…}}` of the events topic. */
export function parseEvent(payload: Uint8Array, said: DeviceSaid): ParsedEvent {
  const decoded = decodeJson(payload, DEVICE_LIMITS.eventBytes);
  if (decoded.kind === 'refused') return decoded;
  const { value } = decoded;
  if (!isObject(value)) return refuse('bad_shape', 'an event is {"t":…,"event":"…","data":{…}}', payload);
  const { event, data = {} } = value;
  if (typeof event !== 'string' || !EVENT_NAME.test(event))
    return refuse('name_bad', 'an event name has 1 to 64 letters, digits or _ . : -', payload);
  if (!isObject(data) || Object.keys(data).length > DEVICE_LIMITS.eventKeys)
    return refuse('bad_shape', `data is an object of at most ${DEVICE_LIMITS.eventKeys} keys`, payload);
  return { kind: 'event', event, t: timeOrArrival(value['t'], said), data };
}

/** An event or status without a believable time happened when it arrived. */
function timeOrArrival(value: unknown, { arrivedAt, localToUtc }: DeviceSaid): Millis {
  const t = parseTime(value, localToUtc);
  return t === undefined || t > arrivedAt ? arrivedAt : t;
}

function refuse(code: DeadLetterCode, reason: string, payload: Uint8Array): Readonly<{ kind: 'refused'; refusal: Refusal }> {
  return { kind: 'refused', refusal: { code, reason, part: excerpt(payload) } };
}
