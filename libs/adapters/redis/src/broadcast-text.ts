/** Broadcasts as text. What comes from outside is looked at before it is believed; what this release does not know is passed over. */
import { QUALITIES, type Alarm, type Quality, type Reading } from '@anlan/contracts';
import type { Broadcast } from '@anlan/ports';

export type Heard = Readonly<{ from: string; broadcast: Broadcast }>;

/** Longer texts are not even parsed. */
const MAX_CHARACTERS = 4_000_000;

export function broadcastText({ from, broadcast }: Heard): string {
  return JSON.stringify({ from, ...broadcast });
}

/** Undefined for everything that is not one of our broadcasts. */
export function broadcastOf(text: string): Heard | undefined {
  const value = parsed(text);
  if (!isObject(value) || typeof value['from'] !== 'string' || typeof value['kind'] !== 'string') return undefined;
  const read = Object.hasOwn(READERS, value['kind']) ? READERS[value['kind'] as Broadcast['kind']] : undefined;
  const broadcast = read?.(value);
  return broadcast && { from: value['from'], broadcast };
}

type Fields = Readonly<Record<string, unknown>>;

const READERS = {
  // Listeners take the id and read the alarm itself again where it matters.
  alarm: ({ alarm }) =>
    isObject(alarm) && typeof alarm['id'] === 'string' ? { kind: 'alarm', alarm: alarm as Fields & Alarm } : undefined,
  readings: ({ readings }) => (Array.isArray(readings) && readings.every(isReading) ? { kind: 'readings', readings } : undefined),
  device: ({ deviceId, online }) =>
    typeof deviceId === 'string' && typeof online === 'boolean' ? { kind: 'device', deviceId, online } : undefined,
  registry: ({ version }) => (typeof version === 'number' ? { kind: 'registry', version } : undefined),
} as const satisfies { [K in Broadcast['kind']]: (fields: Fields) => Extract<Broadcast, Readonly<{ kind: K }>> | undefined };

function isReading(value: unknown): value is Reading {
  if (!isObject(value)) return false;
  const { pointId, t, v, q } = value;
  return typeof pointId === 'string' && typeof t === 'number' && typeof v === 'number' && QUALITIES.includes(q as Quality);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function parsed(text: string): unknown {
  if (text.length > MAX_CHARACTERS) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
