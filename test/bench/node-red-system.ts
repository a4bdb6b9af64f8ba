import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { freePort } from '@anlan/testing';
import { sleep, temporaryFolder, until } from '../rig/platform.js';
import { listenToAlerts } from './alert-listener.js';
import { childOf, startChild } from './child.js';
import { LIMIT } from './pattern.js';
import type { StartSystem, SystemOptions } from './system.js';

const ECHO_MS = 300;

/** mqtt in (JSON) → function (compare) → mqtt out, all with QoS 1, as a Node-RED user would draw it. */
function flow(brokerPort: number): readonly Readonly<Record<string, unknown>>[] {
  const func = `const v = msg.payload.readings[0].v;\nif (v <= ${LIMIT}) return null;\nreturn { topic: 'alerts', payload: { id: msg.topic.split('/')[3], v } };`;
  return [
    { id: 'tab', type: 'tab', label: 'W1' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(brokerPort),
      clientid: 'node-red',
      autoConnect: true,
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
    },
    {
      id: 'in',
      type: 'mqtt in',
      z: 'tab',
      topic: 'anlan/v1/devices/+/telemetry',
      qos: '1',
      datatype: 'json',
      broker: 'broker',
      inputs: 0,
      wires: [['judge']],
    },
    { id: 'judge', type: 'function', z: 'tab', func, outputs: 1, wires: [['out']] },
    { id: 'out', type: 'mqtt out', z: 'tab', topic: '', qos: '1', retain: 'false', broker: 'broker', wires: [] },
  ];
}

/** Node-RED from the folder into which `npm i --prefix DIR --ignore-scripts node-red@4.1.15` put it, with a bare aedes as its broker. */
export function nodeRedSystem(dir: string): StartSystem {
  return async ({ onAlert }: SystemOptions) => {
    const broker = await startChild<{ port: number }>('floor-broker.ts', { judge: false });
    const { port } = broker.ready;
    const folder = temporaryFolder();
    const uiPort = await freePort();
    writeFileSync(join(folder.path, 'flows.json'), JSON.stringify(flow(port)));
    const settings = `module.exports = { flowFile: 'flows.json', uiPort: ${uiPort}, uiHost: '127.0.0.1', httpAdminRoot: false, telemetry: { enabled: false }, logging: { console: { level: 'warn' } } };`;
    writeFileSync(join(folder.path, 'settings.js'), settings);
    const nodeRed = childOf(
      spawn(process.execPath, [join(dir, 'node_modules/node-red/red.js'), '--userDir', folder.path], {
        cwd: folder.path,
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
    );
    await until('Node-RED to answer to a message', () => echo(port), 60_000, 500);
    const alerts = await listenToAlerts(port, onAlert);
    return {
      name: 'node-red',
      alertsOn: 'breach',
      mqttUrl: `mqtt://127.0.0.1:${port}`,
      parts: { 'node-red': nodeRed.pid, broker: broker.pid },
      settled: alerts.settled,
      async stop() {
        await alerts.stop();
        await nodeRed.stop();
        await broker.stop();
        folder.remove();
      },
    };
  };
}

/** Does a breach come back as an alert by now. */
async function echo(port: number): Promise<true | undefined> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  const answered = new Promise<true>((resolve) => client.once('message', () => resolve(true)));
  await client.subscribeAsync('alerts', { qos: 1 });
  await client.publishAsync('anlan/v1/devices/load-00000/telemetry', JSON.stringify({ readings: [{ v: LIMIT + 1 }] }), { qos: 1 });
  const found = await Promise.race([answered, sleep(ECHO_MS).then(() => undefined)]);
  await client.endAsync(true);
  return found;
}
