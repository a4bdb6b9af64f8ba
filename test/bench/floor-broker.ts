/**
 * The floor: the least that can be done. A bare aedes accepts everybody; with `judge` it also parses each message and publishes
 * an alert for a value above the limit, in this very process. Nothing is kept, checked or remembered.
 */
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { LIMIT } from './pattern.js';

const { judge } = JSON.parse(process.argv[2] ?? '{}') as Readonly<{ judge: boolean }>;
const broker = await Aedes.createBroker();
if (judge) {
  broker.on('publish', ({ topic, payload }, client) => {
    if (!client || !topic.endsWith('/telemetry')) return;
    const { readings } = JSON.parse(payload.toString()) as { readings: readonly { v: number }[] };
    const v = readings[0]?.v ?? 0;
    if (v <= LIMIT) return;
    const alert = JSON.stringify({ id: topic.split('/')[3], v });
    broker.publish({ cmd: 'publish', topic: 'alerts', payload: Buffer.from(alert), qos: 1, dup: false, retain: false }, () => undefined);
  });
}
const server = createServer((socket) => void broker.handle(socket));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' && address ? address.port : 0 })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
