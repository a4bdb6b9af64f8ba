import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOPICS } from '@anlan/contracts';
import { type Log, LogUnavailable, SeriesUnavailable } from '@anlan/ports';
import { virtualClock } from '@anlan/adapter-memory';
import { sqliteCheckpoints } from './checkpoints.js';
import { sqliteLog } from './log.js';
import { sqliteSeries } from './series.js';
import { mountTmpfs } from './testing/tmpfs.js';

const T = TOPICS.readings;
const clock = virtualClock(1_800_000_000_000);
const record = (value: string): Readonly<{ topic: typeof T; key: string; value: string }> => ({ topic: T, key: 'k', value });
const valuesOf = async (log: Log): Promise<readonly string[]> => {
  const { next } = await log.bounds(T, 0);
  const values: string[] = [];
  while (values.length < next) values.push(...(await log.read(T, 0, values.length, 1_000)).map(({ value }) => value));
  return values;
};

describe('stores on a broken disk', () => {
  let folder: string;
  let fatal: Error[];
  const deps = { host: 'inline', clock, onFatal: (error: Error) => void fatal.push(error) } as const;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anlan-broken-'));
    fatal = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Changes one byte of `text` where it stands in the file, as a rotten sector would. */
  const flip = (file: string, text: string): void => {
    const at = readFileSync(file).indexOf(text);
    expect(at).toBeGreaterThan(0);
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.from([text.charCodeAt(0) ^ 1]), 0, 1, at);
    closeSync(handle);
  };

  test('F4, R-29: a full disk refuses appends whole, keeps what was acknowledged, and goes on when there is room', async () => {
    const disk = join(folder, 'disk');
    const mount = mountTmpfs(disk, 'size=2m');
    if (mount === undefined) return console.warn('not checked: a full disk under the log (cannot mount here)');
    try {
      const filler = join(disk, 'filler');
      writeFileSync(filler, Buffer.alloc(512 * 1_024));
      const log = await sqliteLog({ ...deps, file: join(disk, 'log.db') });
      const acknowledged: string[] = [];
      const append = (n: number): Promise<unknown> =>
        log.append([record(`${n}a`.padEnd(3_000)), record(`${n}b`.padEnd(3_000))]).then(() => acknowledged.push(`${n}a`, `${n}b`));
      let refused: unknown;
      for (let n = 0; n < 2_000 && refused === undefined; n++) await append(n).catch((error: unknown) => (refused = error));
      expect(refused).toBeInstanceOf(LogUnavailable);
      await expect(Promise.allSettled([append(9_000), append(9_001)])).resolves.toMatchObject([
        { status: 'rejected' },
        { status: 'rejected' },
      ]);
      expect((await valuesOf(log)).map((value) => value.trim())).toEqual(acknowledged);
      rmSync(filler);
      await append(9_002);
      await log.close();
      const again = await sqliteLog({ ...deps, file: join(disk, 'log.db') });
      expect((await valuesOf(again)).map((value) => value.trim())).toEqual(acknowledged);
      expect(acknowledged.slice(-2)).toEqual(['9002a', '9002b']);
      await again.close();
      expect(fatal).toEqual([]);
    } finally {
      mount.unmount();
    }
  });

  test('F4: a full disk refuses a write of the series whole, and the same write succeeds later', async () => {
    const disk = join(folder, 'disk');
    const mount = mountTmpfs(disk, 'size=2m');
    if (mount === undefined) return console.warn('not checked: a full disk under the series (cannot mount here)');
    try {
      const filler = join(disk, 'filler');
      writeFileSync(filler, Buffer.alloc(1_024 * 1_024));
      const { series } = await sqliteSeries({ ...deps, file: join(disk, 'series.db') });
      const batch = (n: number): Parameters<typeof series.write>[0] =>
        Array.from({ length: 1_000 }, (_, i) => ({
          reading: { pointId: `p${n % 7}`, t: n * 1_000 + i, v: i, q: 'good' },
          origin: `0:${n}:${i}`,
          receivedAt: 0,
        }));
      let n = 0;
      const writing = async (): Promise<void> => {
        for (; n < 1_000; n++) await series.write(batch(n));
      };
      await expect(writing()).rejects.toThrow(SeriesUnavailable);
      rmSync(filler);
      expect(new Set(await series.write(batch(n)))).toEqual(new Set(['stored']));
      const counted = await Promise.all(Array.from({ length: 7 }, (_, p) => series.read(`p${p}`, { from: 0, to: 1e12 }, 1_000_000)));
      expect(counted.flat()).toHaveLength((n + 1) * 1_000);
      await series.close();
      expect(fatal).toEqual([]);
    } finally {
      mount.unmount();
    }
  });

  test('R-37: a flipped byte in a record is found when it is read, named, never served, and ends the process', async () => {
    const file = join(folder, 'log.db');
    const log = await sqliteLog({ ...deps, file });
    await log.append([record('the first'), record('the second'), record('the third')]);
    await log.close();
    flip(file, 'second');
    const again = await sqliteLog({ ...deps, file });
    await expect(again.read(T, 0, 0, 10)).rejects.toThrow(`${file} is damaged: record ${T}/0/1 does not match its checksum`);
    expect(fatal).toMatchObject([{ name: 'StoreFault', code: 'corrupt', file }]);
    await expect(again.append([record('more')])).rejects.toThrow(LogUnavailable);
    expect(fatal).toHaveLength(1);
    await again.close();
  });

  test.each([
    ['the value of an entry', '"held":17', /entry point-1\|rule-1 of rules\/0/],
    ['the key of an entry', 'point-1|rule-1', /entry .oint-1\|rule-1 of rules\/0/],
  ])('C3, R-37: a flipped byte in %s is found at open, named', async (_, text, words) => {
    const file = join(folder, 'state.db');
    const states = await sqliteCheckpoints({ ...deps, file });
    const { epoch } = await states.open('rules', 0);
    await states.save('rules', 0, epoch, 7, { put: new Map([['point-1|rule-1', '{"held":17}']]), drop: [] });
    await states.close();
    flip(file, text);
    const again = await sqliteCheckpoints({ ...deps, file });
    await expect(again.open('rules', 0)).rejects.toThrow(words);
    expect(fatal).toMatchObject([{ code: 'corrupt', file }]);
    await again.close();
  });

  test('a log of another number of partitions is refused, and the file left alone', async () => {
    const file = join(folder, 'log.db');
    const log = await sqliteLog({ ...deps, file, partitions: 2 });
    await log.append([record('a')]);
    await log.close();
    await expect(sqliteLog({ ...deps, file, partitions: 3 })).rejects.toThrow('2 partitions, not 3');
    expect(readdirSync(folder)).toContain('log.db');
  });
});
