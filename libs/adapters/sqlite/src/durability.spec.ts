import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOPICS } from '@anlan/contracts';
import { sqliteCheckpoints } from './checkpoints.js';
import { sqliteLog } from './log.js';
import { sqliteSeries } from './series.js';
import { compiledForNode } from './testing/compiled.js';

const onFatal = (error: Error): never => {
  throw error;
};
const inline = { host: 'inline', onFatal } as const;
const clock = { now: () => Date.now(), mono: () => performance.now(), after: () => () => undefined };

/** What every child begins with: the compiled adapter, a clock, and a line to the parent that is out before it goes on. */
const PROLOGUE = `
  import { writeSync } from 'node:fs';
  import { sqliteCheckpoints, sqliteLog, sqliteSeries } from '@anlan/adapter-sqlite';
  const clock = { now: () => Date.now(), mono: () => performance.now(), after(ms, run) { const t = setTimeout(run, ms); return () => clearTimeout(t); } };
  const say = (value) => {
    let rest = Buffer.from(JSON.stringify(value) + '\\n');
    // A parent that is slow to read lets the pipe fill: what did not fit is written again.
    while (rest.length > 0) try { rest = rest.subarray(writeSync(1, rest)); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
  };
  const folder = process.argv[1];
  const deps = { host: 'worker', clock, onFatal: (error) => { say({ fatal: error.name }); process.exit(75); } };`;

describe('the stores in worker threads of a real process', () => {
  let compiled: ReturnType<typeof compiledForNode>;
  let folder: string;
  beforeAll(() => {
    compiled = compiledForNode();
  });
  afterAll(() => compiled.remove());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anlan-durable-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (
    program: string,
  ): Readonly<{
    child: ChildProcess;
    ended: Promise<Readonly<{ code: number | null; signal: string | null; said: readonly unknown[]; errors: string }>>;
  }> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROLOGUE + program, folder], {
      cwd: compiled.folder,
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (part: Buffer) => (out += part.toString()));
    child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
    const ended = new Promise<Awaited<ReturnType<typeof run>['ended']>>((resolve) => {
      child.on('close', (code, signal) => {
        // A line that was cut by the kill was not told.
        const lines = out
          .slice(0, out.lastIndexOf('\n') + 1)
          .split('\n')
          .filter((line) => line !== '');
        resolve({ code, signal, said: lines.map((line): unknown => JSON.parse(line)), errors });
      });
    });
    return { child, ended };
  };
  const killedAfterFirstWord = async (program: string, afterMs: number): Promise<readonly unknown[]> => {
    const { child, ended } = run(program);
    child.stdout?.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterMs));
    const { signal, said, errors } = await ended;
    expect({ signal, errors }).toEqual({ signal: 'SIGKILL', errors: '' });
    return said;
  };

  test('R-01, L1: everything the log acknowledged before a kill -9 is there, once, in order', async () => {
    const program = `
      const log = await sqliteLog({ ...deps, file: folder + '/log.db' });
      const start = (await log.bounds('${TOPICS.readings}', 0)).next;
      const caller = async (n) => { for (let i = 0; ; i++) { const value = start + '/' + n + '/' + i; const [place] = await log.append([{ topic: '${TOPICS.readings}', key: 'k', value }]); say([place.offset, value]); } };
      for (let n = 0; n < 40; n++) void caller(n);`;
    const acknowledged = new Map<number, string>();
    for (const afterMs of [5, 60, 140, 90]) {
      for (const [offset, value] of (await killedAfterFirstWord(program, afterMs)) as readonly (readonly [number, string])[]) {
        expect(acknowledged.has(offset)).toBe(false);
        acknowledged.set(offset, value);
      }
    }
    const log = await sqliteLog({ ...inline, clock, file: join(folder, 'log.db') });
    const { next } = await log.bounds(TOPICS.readings, 0);
    const kept = new Map<number, string>();
    while (kept.size < next) for (const { offset, value } of await log.read(TOPICS.readings, 0, kept.size, 1_000)) kept.set(offset, value);
    expect([...kept.keys()]).toEqual(Array.from({ length: next }, (_, i) => i));
    expect([...acknowledged].filter(([offset, value]) => kept.get(offset) !== value)).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(100);
    expect(new Set(kept.values()).size).toBe(kept.size);
    await log.close();
  }, 60_000);

  test('R-06, T3, G1: series, ledger and checkpoint after a kill -9 hold what they acknowledged', async () => {
    const program = `
      const { series, ledger } = await sqliteSeries({ ...deps, file: folder + '/series.db' });
      const states = await sqliteCheckpoints({ ...deps, file: folder + '/state.db' });
      const { epoch, nextOffset } = await states.open('rules', 0);
      const counts = { received: 50, stored: 50, rejected: 0, duplicate: 0, quarantined: 0 };
      for (let n = nextOffset; ; n++) {
        const rows = Array.from({ length: 50 }, (_, i) => ({ reading: { pointId: 'p' + i, t: 1000 + n, v: n + i / 100, q: 'good' }, origin: '0:' + n + ':' + i, receivedAt: 2000 + n }));
        const outcomes = await series.write(rows);
        await ledger.apply(0, { from: n, next: n + 1 }, [{ deviceId: 'd', hour: 0, counts, seq: n, newestT: 1000 + n }]);
        await states.save('rules', 0, epoch, n + 1, { put: new Map([['n', String(n)]]), drop: [] });
        say([n, outcomes.every((outcome) => outcome === 'stored')]);
      }`;
    let last = -1;
    for (const afterMs of [40, 130, 5]) {
      const said = (await killedAfterFirstWord(program, afterMs)) as readonly (readonly [number, boolean])[];
      expect(said.every(([, stored]) => stored)).toBe(true);
      last = said.at(-1)?.[0] ?? last;
    }
    const { series, ledger } = await sqliteSeries({ ...inline, file: join(folder, 'series.db') });
    const states = await sqliteCheckpoints({ ...inline, file: join(folder, 'state.db') });
    const { nextOffset, entries } = await states.open('rules', 0);
    expect(nextOffset).toBeGreaterThan(last);
    expect(entries).toEqual(new Map([['n', String(nextOffset - 1)]]));
    const position = await ledger.position(0);
    expect(position).toBeGreaterThanOrEqual(nextOffset);
    expect(await ledger.items(0, 1)).toMatchObject([{ received: 50 * position, gaps: [] }]);
    const samples = await series.read('p7', { from: 0, to: 1e9 }, 1_000_000);
    expect(samples.length).toBeGreaterThanOrEqual(position);
    expect(samples.map(({ v }) => v)).toEqual(samples.map((_, n) => n + 7 / 100));
    await series.close();
    await states.close();
  }, 60_000);

  test('errors keep their class on the way out of the thread', async () => {
    const { code, said, errors } = await run(`
      const named = (work) => work.then(() => 'none', (error) => [error.name, error.constructor.name, error.code ?? null, error.file ?? null]);
      const states = await sqliteCheckpoints({ ...deps, file: folder + '/state.db' });
      const first = await states.open('rules', 0);
      await states.open('rules', 0);
      say(await named(states.save('rules', 0, first.epoch, 1, { put: new Map(), drop: [] })));
      const { series } = await sqliteSeries({ ...deps, file: folder + '/series.db' });
      say(await named(series.write([{ reading: { pointId: 'p', t: 1, v: 1, q: 'good' }, origin: 'nonsense', receivedAt: 1 }])));
      say(await named(sqliteLog({ ...deps, file: folder + '/none/log.db' })));
      const log = await sqliteLog({ ...deps, file: folder + '/log.db' });
      await log.append([{ topic: '${TOPICS.readings}', key: 'k', value: 'v' }]);
      await Promise.all([log.close(), series.close(), states.close()]);
      say('closed');`).ended;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(said).toEqual([
      ['Fenced', 'Fenced', null, null],
      ['RangeError', 'RangeError', expect.anything(), null],
      ['StoreFault', 'StoreFault', 'cannot_open', join(folder, 'none/log.db')],
      'closed',
    ]);
  }, 60_000);

  test('a thread that ends by itself ends the process, and no caller is left waiting', async () => {
    const { code, said } = await run(`
      import threads from 'node:worker_threads';
      import { syncBuiltinESMExports } from 'node:module';
      const { sqliteLog: open } = await (async () => {
        const Real = threads.Worker;
        threads.Worker = class extends Real { constructor(...args) { super(...args); globalThis.last = this; } };
        syncBuiltinESMExports();
        return { sqliteLog };
      })();
      const log = await open({ ...deps, onFatal: (error) => say({ fatal: error.name }), file: folder + '/log.db' });
      const record = [{ topic: '${TOPICS.readings}', key: 'k', value: 'v' }];
      await log.append(record);
      const pending = log.append(record).catch((error) => say(error.name));
      void globalThis.last.terminate();
      await pending;
      await log.append(record).catch((error) => say(error.name));`).ended;
    expect(code).toBe(0);
    expect(said.filter((word) => typeof word === 'object')).toEqual([{ fatal: 'WorkerGone' }]);
    expect(said.filter((word) => word === 'LogUnavailable').length).toBeGreaterThanOrEqual(1);
  }, 60_000);
});
