import { listenToAlerts } from './alert-listener.js';
import { startChild } from './child.js';
import type { System, SystemOptions } from './system.js';

/** Bare aedes, JSON.parse and one comparison in one process. */
export async function floorSystem({ onAlert }: SystemOptions): Promise<System> {
  const broker = await startChild<{ port: number }>('floor-broker.ts', { judge: true });
  const { port } = broker.ready;
  const alerts = await listenToAlerts(port, onAlert);
  return {
    name: 'floor',
    alertsOn: 'breach',
    mqttUrl: `mqtt://127.0.0.1:${port}`,
    parts: { floor: broker.pid },
    settled: alerts.settled,
    async stop() {
      await alerts.stop();
      await broker.stop();
    },
  };
}
