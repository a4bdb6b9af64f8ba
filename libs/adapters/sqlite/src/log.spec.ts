import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOPICS } from '@anlan/contracts';
import type { Log } from '@anlan/ports';
import { logContract } from '@anlan/ports/contract';
import { sqliteLog } from './log.js';
import { virtualClock } from '@anlan/adapter-memory';

logContract('sqliteLog', async (partitions) => {
  const folder = mkdtempSync(join(tmpdir(), 'anlan-log-'));
  const clock = virtualClock(1_800_000_000_000);
  const fail = (error: Error): never => {
    throw error;
  };
  const open = (): Promise<Log> => sqliteLog({ file: join(folder, 'log.db'), clock, partitions, host: 'inline', onFatal: fail });
  let log = await open();
  return {
    log,
    advance: async (ms) => (ms < 0 ? clock.jumpWall(ms) : clock.advance(ms)),
    async reopen() {
      await log.close();
      log = await open();
      return log;
    },
    async dispose() {
      await log.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('sqliteLog', () => {
  test('a consumer far behind reads from the file what no longer is in memory, and meets the newest in memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'anlan-log-'));
    const onFatal = (error: Error): never => {
      throw error;
    };
    const log = await sqliteLog({ file: join(folder, 'log.db'), clock: virtualClock(0), host: 'inline', onFatal });
    const record = (n: number): Readonly<{ topic: typeof TOPICS.readings; key: string; value: string }> => ({
      topic: TOPICS.readings,
      key: 'k',
      value: String(n),
    });
    for (let start = 0; start < 25_000; start += 1_000) await log.append(Array.from({ length: 1_000 }, (_, i) => record(start + i)));
    const values: string[] = [];
    while (values.length < 25_000) values.push(...(await log.read(TOPICS.readings, 0, values.length, 700)).map(({ value }) => value));
    expect(values).toEqual(Array.from({ length: 25_000 }, (_, n) => String(n)));
    // A page of large records ends early, but is never empty.
    await log.append([record(0), ...Array.from({ length: 40 }, () => ({ ...record(0), value: 'x'.repeat(250_000) }))]);
    const again = await log.read(TOPICS.readings, 0, 25_000, 100);
    expect(again.length).toBeGreaterThan(0);
    await log.close();
    rmSync(folder, { recursive: true });
  });
});
