import {
  alarmJson,
  isoOf,
  type Alarm,
  type Reading,
  type ReadingEventJson,
  type RegistrySnapshot,
  type StreamEventName,
} from '@anlan/contracts';
import type { RegionScope } from '@anlan/ports';
import { inScope, regionOfPoint } from '../http/scope.js';

const MAX_POINTS_AN_EVENT = 500;

/** One open stream as its connection gives it. `send` returns false when the client is too slow and was dropped. */
export type StreamClient = Readonly<{
  userId: string;
  scope(): RegionScope;
  send(event: StreamEventName, id: number, data: unknown): boolean;
  /** Is the session still good; asked with each heartbeat. */
  valid(): Promise<boolean>;
  close(): void;
}>;

/** A client with what it has been told so far. */
export type Seat = {
  readonly client: StreamClient;
  /** Change up to which it knows all alarms of its scope. */
  position: number;
  /** Caught up: gets what happens as it happens. */
  live: boolean;
  readonly readings: Map<string, Reading>;
  /** The overview it was told last, to tell only what is new. */
  overview: string;
};

export function takeSeat(client: StreamClient, position: number): Seat {
  return { client, position, live: false, readings: new Map(), overview: '' };
}

/** Sends one event under the seat's position; false: it was dropped. */
export function give(seat: Seat, event: StreamEventName, data: unknown): boolean {
  return seat.client.send(event, seat.position, data);
}

/** Sends a page of changed alarms. Only the last carries the new position: one that breaks off in between gets the page again. */
export function giveAlarms(seat: Seat, changed: readonly Alarm[], upTo: number, snapshot: RegistrySnapshot): boolean {
  const scope = seat.client.scope();
  const seen = changed.filter((alarm) => inScope(scope, alarm.regionCode));
  const kept = seen.every((alarm, at) => {
    if (at === seen.length - 1) seat.position = upTo;
    return give(seat, 'alarm', alarmJson(alarm, snapshot));
  });
  seat.position = upTo;
  return kept;
}

/** Takes the newest reading of each visible point, at most 500; the rest waits for the next turn, where newer ones may replace it. */
export function takeReadings(seat: Seat, snapshot: RegistrySnapshot): ReadingEventJson {
  const items = [];
  const scope = seat.client.scope();
  for (const [pointId, { t, v, q }] of seat.readings) {
    if (items.length >= MAX_POINTS_AN_EVENT) break;
    seat.readings.delete(pointId);
    const region = regionOfPoint(snapshot, pointId);
    if (region !== undefined && inScope(scope, region)) items.push({ pointId, t: isoOf(t), v, q });
  }
  return { items };
}
