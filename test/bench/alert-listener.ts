import mqtt from 'mqtt';
import { sleep } from '../rig/platform.js';
import { messageOf } from './pattern.js';
import type { Expected, OnAlert, Outcome } from './system.js';

const LOOK_EVERY_MS = 20;
export type AlertListener = Readonly<{ settled(expected: Expected): Promise<Outcome>; stop(): Promise<void> }>;

/** Subscribes with QoS 1 to the alerts of a system that keeps nothing: `{id, v}` on topic `alerts`. */
export async function listenToAlerts(port: number, onAlert: OnAlert): Promise<AlertListener> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: 'bench-alerts' });
  let seen = 0;
  client.on('message', (_topic, payload) => {
    const { id, v } = JSON.parse(payload.toString()) as { id: string; v: number };
    seen += 1;
    onAlert(Number(id.split('-')[1]) - 1, messageOf(v), Date.now());
  });
  await client.subscribeAsync('alerts', { qos: 1 });
  return {
    async settled({ alerts, withinMs }) {
      const began = Date.now();
      while (seen < alerts && Date.now() - began < withinMs) await sleep(LOOK_EVERY_MS);
      return { stored: null, alerts: seen, drainMs: Date.now() - began };
    },
    stop: () => client.endAsync(true),
  };
}
