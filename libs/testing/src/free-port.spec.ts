import { createServer } from 'node:net';
import { freePort } from './free-port.js';

describe('freePort', () => {
  test('gives ports below those of outgoing connections, and none twice', async () => {
    const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()));
    expect(new Set(ports).size).toBe(200);
    expect(Math.max(...ports)).toBeLessThan(32_768);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  });

  test('with room: the ports right above are given to nobody else', async () => {
    const port = await freePort(2);
    const others = await Promise.all(Array.from({ length: 100 }, () => freePort()));
    expect(others.filter((other) => other >= port && other <= port + 2)).toEqual([]);
  });

  test('gives one that can be listened on', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  });
});
