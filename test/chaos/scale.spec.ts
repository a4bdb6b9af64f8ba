import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from '@anlan/testing';
import type { Evidence } from '../check/evidence.js';
import { CREDENTIAL, city } from '../rig/city.js';
import { expectClean } from '../rig/clean.js';
import { installation } from '../rig/distributed.js';
import { type PrivateEngines, privateEngines } from '../rig/engines.js';
import { atRest, gather } from '../rig/evidence.js';
import { type Journal, journal, runFleet } from '../rig/journal.js';
import { LOAD_ENV } from '../rig/load.js';
import { Platform, ROOT, sleep, temporaryFolder, until } from '../rig/platform.js';
import { describeWhenAsked, hop } from '../rig/storm.js';
import { expectedFrom, undisturbed } from '../rig/undisturbed.js';

const PARTITIONS = 12;
const DEVICES = 24;
const PACE_MS = 300;
const POINTS = Array.from({ length: DEVICES }, (_, n) => `d-${n}.ch4`);
/** The session of a rule worker: so soon the others notice its death. A busy machine adds what it likes to the rest of the way. */
const SESSION_MS = 10_000;
const TAKEN_OVER_MS = 3 * SESSION_MS;
const SETTLED_MS = 90_000;

type Worker = Readonly<{ name: string; port: number; process: ChildProcess }>;
type Stage = Readonly<{ platform: Platform; workers: Worker[]; add(): Promise<void>; shares(): Promise<readonly number[]> }>;
type Run = Readonly<{ evidence: Evidence; log: Journal }>;
const fleetAt = (startAt: number) => ({ startAt, everyMs: 1_000, value: hop });

const BUNDLE = {
  ...city({ devices: DEVICES, sites: DEVICES, device: { liveHorizonMs: null, intervalMs: 600_000 } }),
  routes: [{ id: 'route-1', levels: ['blue', 'yellow', 'orange', 'red'], personIds: ['p-1'], channels: ['outbox'] }],
};

/** Partitions that a rule worker says it works on; 0 when it cannot be asked. */
async function heldBy(port: number): Promise<number> {
  const page = await fetch(`http://127.0.0.1:${port}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  );
  return Number(/^anlan_flow_partitions\{[^}]*flow="rules"[^}]*\} (\d+)$/m.exec(page)?.[1] ?? 0);
}

/** Devices storm for as long as the story takes. */
async function run(engines: PrivateEngines, startAt: number, story: (stage: Stage) => Promise<void>): Promise<Run> {
  const folder = temporaryFolder();
  const env = { ...LOAD_ENV, ...engines.settings, ANLAN_KAFKA_PARTITIONS: String(PARTITIONS) };
  const rules = await freePort();
  const servicePorts = { ingest: await freePort(), rules, recorder: await freePort(), alarm: await freePort(), notifier: await freePort() };
  const platform = await Platform.start({ dataDir: folder.path, env, distributed: true, servicePorts });
  const workers: Worker[] = [];
  const over = new AbortController();
  const add = async (): Promise<void> => {
    const port = await freePort();
    const child = spawn(process.execPath, [join(ROOT, 'apps/rules/dist/main.js')], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...installation(folder.path),
        PATH: process.env['PATH'] ?? '',
        ANLAN_LOG_LEVEL: 'error',
        ANLAN_DATA_DIR: folder.path,
        ...env,
        ANLAN_RULES_HTTP_PORT: String(port),
      },
    });
    workers.push({ name: `worker ${workers.length + 2}`, port, process: child });
  };
  const shares = (): Promise<readonly number[]> => Promise.all([rules, ...workers.map(({ port }) => port)].map(heldBy));
  try {
    await platform.import(BUNDLE);
    const log = journal();
    let stopped = false;
    const pace = { devices: DEVICES, perDevice: Number.MAX_SAFE_INTEGER, paceMs: PACE_MS, stopped: () => stopped, over: over.signal };
    const sending = runFleet({ ...fleetAt(startAt), ...pace, port: platform.mqttPort, credential: CREDENTIAL }, log);
    await story({ platform, workers, add, shares });
    stopped = true;
    await sending;
    await atRest({ platform, journal: log }, 180_000);
    return { evidence: await gather({ platform, journal: log, pointIds: POINTS }), log };
  } catch (error) {
    throw new Error(`${String(error)}\n${platform.output.slice(-60).join('')}`, { cause: error });
  } finally {
    over.abort();
    for (const { process: child } of workers) child.kill('SIGKILL');
    await platform.kill9();
    folder.remove();
  }
}

const sum = (shares: readonly number[]): number => shares.reduce((all, one) => all + one, 0);

/** Waits until every partition is worked on by exactly one of `count` workers, and says how they share. */
function settled({ shares }: Stage, count: number, withinMs: number): Promise<readonly number[]> {
  return until(
    `${PARTITIONS} partitions over ${count} rule workers`,
    async () => {
      const now = (await shares()).filter((held) => held > 0);
      return now.length === count && sum(now) === PARTITIONS ? now : undefined;
    },
    withinMs,
    250,
  );
}

type Seen = { spread: (readonly number[])[]; takenOverMs: number };
/** One worker, two, four, while devices storm; then one dies. */
const growAndLose =
  (seen: Seen) =>
  async (stage: Stage): Promise<void> => {
    seen.spread.push(await settled(stage, 1, SETTLED_MS));
    await stage.add();
    seen.spread.push(await settled(stage, 2, SETTLED_MS));
    await stage.add();
    await stage.add();
    seen.spread.push(await settled(stage, 4, SETTLED_MS));
    await sleep(1_000);
    const died = Date.now();
    stage.workers.at(-1)?.process.kill('SIGKILL');
    await settled(stage, 3, SETTLED_MS);
    seen.takenOverMs = Date.now() - died;
  };

describeWhenAsked('kafka', 'rule workers that come and go', 'CHAOS_SCALE=1', () => {
  const folder = temporaryFolder();
  let engines: PrivateEngines;
  beforeAll(async () => {
    engines = await privateEngines(folder.path);
  }, 120_000);
  afterAll(async () => {
    await engines?.stopAll();
    folder.remove();
  });

  test('H1 H2 R-05 R-08: one, two and four workers share twelve partitions in a storm, one dies, and the alarms are those of one process that nothing disturbs', async () => {
    const startAt = Date.now() - 6 * 3_600_000;
    const seen: Seen = { spread: [], takenOverMs: Number.NaN };
    const wild = await run(engines, startAt, growAndLose(seen));
    const calm = await undisturbed({ bundle: BUNDLE, log: wild.log, fleet: fleetAt(startAt), pointIds: POINTS });
    const expected = expectedFrom(calm);
    expectClean('nobody comes or goes', { ...calm, ...expected }, { unchecked: ['R-07', 'R-10'] });
    expectClean('workers that come and go', { ...wild.evidence, ...expected }, { unchecked: ['R-07', 'R-10'] });
    expect(expected.expectedEvents?.size).toBeGreaterThan(100);
    process.stderr.write(
      `readings ${wild.log.sent.length}, events ${expected.expectedEvents?.size}; partitions a worker: ${seen.spread.map((held) => held.join('+')).join(', ')}; all taken over ${seen.takenOverMs} ms after the death\n`,
    );
    for (const held of seen.spread) expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(1);
    expect(seen.takenOverMs).toBeLessThan(TAKEN_OVER_MS);
  }, 600_000);
});
