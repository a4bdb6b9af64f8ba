import type { FeedHandler } from '@anlan/ports';
import type { SentReading } from '../check/evidence.js';
import { MAD } from './city.js';
import type { Rng } from './rng.js';
import type { Scheduler } from './scheduler.js';

/** Where devices find the platform just now; nowhere while ingest is down. */
export type Line = { handler: FeedHandler | undefined; alive: () => boolean };
export type DeviceJournal = Readonly<{
  sent: SentReading[];
  acked: Set<string>;
  resends: () => number;
  open: () => number;
  skipped: Map<string, { fromSeq: number; toSeq: number }[]>;
}>;

const RESEND_MS = 3_000;
const EVERY_MS = 2_000;
/** Values that hop around the limits, so that one lost or doubled reading changes the outcome. */
const VALUES = [0.2, 0.95, 1.2, 1.9, 2.4, 2.95, 3.5, 4.4, 0.1, 5] as const;

type Note = Readonly<{ deviceId: string; text: string; key: string }>;

/** Runs every device from now to `until`. Each message is sent again until it is acknowledged, as the field does. */
export function runDevices(
  deviceIds: readonly string[],
  line: Line,
  { scheduler, rng, until }: Readonly<{ scheduler: Scheduler; rng: Rng; until: number }>,
): DeviceJournal {
  const sent: SentReading[] = [];
  const acked = new Set<string>();
  const skipped = new Map<string, { fromSeq: number; toSeq: number }[]>();
  let resends = 0;
  let open = 0;

  const send = (note: Note, attempt: number): void => {
    if (acked.has(note.key)) return;
    if (attempt > 0) resends++;
    const handler = line.alive() ? line.handler : undefined;
    handler
      ?.message({
        deviceId: note.deviceId,
        topic: `anlan/v1/devices/${note.deviceId}/telemetry`,
        payload: new TextEncoder().encode(note.text),
        retain: false,
        qos: 1,
        receivedAt: scheduler.now(),
      })
      .then(
        () => {
          if (acked.has(note.key)) return;
          acked.add(note.key);
          open--;
        },
        () => undefined,
      );
    scheduler.after(RESEND_MS + rng.int(0, 500), () => send(note, attempt + 1));
  };
  const publish = (deviceId: string, payload: object, key: string): void => {
    open++;
    const note = { deviceId, text: JSON.stringify(payload), key };
    scheduler.after(rng.int(0, 40), () => send(note, 0));
    if (rng.chance(0.03)) scheduler.after(rng.int(50, 4_000), () => send({ ...note, key }, 0));
  };

  for (const deviceId of deviceIds) {
    let seq = 0;
    let last = 0;
    const honest = (now: number): void => {
      const t = Math.max(last + 1, now - rng.int(0, 20));
      last = t;
      // Numbers below the first that arrived are not missed: nobody knows where a device began.
      if (acked.has(`${deviceId}#1`) && rng.chance(0.01)) {
        skipped.set(deviceId, [...(skipped.get(deviceId) ?? []), { fromSeq: seq + 1, toSeq: seq + 2 }]);
        seq += 2;
      }
      const v = rng.pick(VALUES);
      const key = `${deviceId}#${++seq}`;
      sent.push({ deviceId, pointId: `${deviceId}.x`, t, v, messageKey: key });
      publish(deviceId, { seq, t, values: { x: v } }, key);
    };
    const late = (now: number): void => {
      honest(now);
      // Before its first message arrived, an overtaken one would rightly be taken for a restarted device.
      if (!rng.chance(0.3) || !acked.has(`${deviceId}#1`)) return;
      const t = now - rng.int(5_000, 3_600_000);
      const v = rng.pick(VALUES);
      const key = `${deviceId}#${++seq}`;
      if (sent.some((one) => one.deviceId === deviceId && one.t === t)) return;
      sent.push({ deviceId, pointId: `${deviceId}.x`, t, v, messageKey: key });
      publish(deviceId, { seq, t, values: { x: v } }, key);
    };
    const mad = (now: number): void => {
      const key = `${deviceId}#${++seq}`;
      const payload = rng.pick<() => object>([
        () => ({ t: now + rng.int(90_000, 3_000_000), values: { x: rng.pick(VALUES) } }),
        () => ({ t: now + 86_400_000 * 400, values: { x: 5 } }),
        () => ({ t: now, values: { x: 'NaN', y: 3 } }),
        () => ({ t: Math.floor(now / 1_000), values: { x: '1e400' } }),
        () => ({ values: { x: 1 } }),
        () => ({ t: now, values: { x: 2_000 } }),
        () => ({ readings: 7 }),
        () => ({ t: now, values: { x: rng.pick(VALUES) }, q: 'maintenance' }),
      ])();
      publish(deviceId, payload, key);
    };
    const act = deviceId === MAD ? mad : deviceId === 'late' ? late : honest;
    const silentFrom = rng.chance(0.2) ? scheduler.now() + rng.int(5_000, 30_000) : Number.POSITIVE_INFINITY;
    const beat = (): void => {
      const now = scheduler.now();
      if (now >= until) return;
      if (now < silentFrom || now > silentFrom + 15_000) act(now);
      scheduler.after(EVERY_MS + rng.int(-200, 200), beat);
    };
    scheduler.after(rng.int(0, EVERY_MS), beat);
  }
  return { sent, acked, resends: () => resends, open: () => open, skipped };
}
