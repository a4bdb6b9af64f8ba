import { z } from 'zod';
import { alarmJsonSchema } from './alarms.js';
import { overviewJson } from './registry.js';
import { count, isoText, qualityText } from './primitives.js';

/** Newest readings since the last such event, at most one a point, at most 4 events a second. */
export const readingEventJson = z.object({ items: z.array(z.object({ pointId: z.string(), t: isoText, v: z.number(), q: qualityText })) });
export const deviceEventJson = z.object({ deviceId: z.string(), online: z.boolean() });
/** Every 5 s. `lagMs`: how long the oldest acknowledged message has been waiting to be stored; 0 at rest. `behind`: how many wait. */
export const heartbeatJson = z.object({ serverTime: isoText, lagMs: count, behind: count, ready: z.boolean() });
/** Too much was missed to be sent again: read the lists afresh. */
export const resyncJson = z.object({ reason: z.string() });
export const registryEventJson = z.object({ version: count });

/** Events of `GET /stream` by name. Each carries an `id`; the last one seen goes into `Last-Event-ID`. */
export const STREAM_EVENTS = {
  alarm: alarmJsonSchema,
  reading: readingEventJson,
  overview: overviewJson,
  device: deviceEventJson,
  registry: registryEventJson,
  heartbeat: heartbeatJson,
  resync: resyncJson,
} as const;
export type StreamEventName = keyof typeof STREAM_EVENTS;
export type StreamEventJson = {
  readonly [N in StreamEventName]: Readonly<{ event: N; id: string; data: z.infer<(typeof STREAM_EVENTS)[N]> }>;
}[StreamEventName];
export type HeartbeatJson = Readonly<z.infer<typeof heartbeatJson>>;
export type ReadingEventJson = Readonly<z.infer<typeof readingEventJson>>;
