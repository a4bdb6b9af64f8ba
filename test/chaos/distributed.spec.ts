import type { Evidence } from '../check/evidence.js';
import type { Death } from '../check/repeats.js';
import { CREDENTIAL, city } from '../rig/city.js';
import { expectClean } from '../rig/clean.js';
import { type PrivateEngineName, type PrivateEngines, privateEngines } from '../rig/engines.js';
import { atRest, gather } from '../rig/evidence.js';
import { type Journal, journal, runFleet } from '../rig/journal.js';
import { LOAD_ENV } from '../rig/load.js';
import { type Phone, startPhone } from '../rig/phone.js';
import { Platform, sleep, temporaryFolder, until } from '../rig/platform.js';
import { BUSY, describeWhenAsked, hop } from '../rig/storm.js';
import { expectedFrom, undisturbed } from '../rig/undisturbed.js';

const DEVICES = 8;
/** Devices send no more than this, however long the story takes on a busy machine. */
const MOST_PER_DEVICE = 800;
const PACE_MS = 250;
const SITES = 4;
const POINTS = Array.from({ length: DEVICES }, (_, n) => `d-${n}.ch4`);

const APPS = ['rules', 'recorder', 'alarm', 'notifier', 'ingest', 'gateway'] as const;
const ENGINES: readonly PrivateEngineName[] = ['redis', 'influx', 'postgres', 'kafka'];
/** An engine stays away so long. */
const AWAY_MS = 3_000;
/** After the return of an engine the whole pipeline works again within this; after the death of an app its partitions wait for the end of its session too. */
const ENGINE_RECOVERED_MS = 15_000 * BUSY;
const APP_RECOVERED_MS = 30_000 * BUSY;
const GIVEN_UP_MS = 3 * APP_RECOVERED_MS;
const REST_MS = 2_500;

type Run = Readonly<{ evidence: Evidence; log: Journal; recoveries: ReadonlyMap<string, number> }>;
const fleetAt = (startAt: number) => ({ startAt, everyMs: 1_000, value: hop });
type Story = (platform: Platform, death: () => Promise<void>, recovered: (what: string) => Promise<void>) => Promise<void>;

const CITY = city({ devices: DEVICES, sites: SITES, device: { liveHorizonMs: null, intervalMs: 600_000 } });
function bundle(phone: Phone): Record<string, unknown> {
  return {
    ...CITY,
    people: [{ id: 'p-1', name: '值班甲', unitId: 'u-1', webhook: `http://127.0.0.1:${phone.port}/hook` }],
    routes: [
      { id: 'route-1', levels: ['orange', 'red'], personIds: ['p-1'], channels: ['outbox', 'webhook'] },
      { id: 'route-2', levels: ['blue', 'yellow'], personIds: ['p-1'], channels: ['outbox'] },
    ],
  };
}

/** Ids of notifications whose success is on record now; waits for a gateway that has just died. */
function sentNow(platform: Platform): Promise<ReadonlySet<string>> {
  return until(
    'the outbox',
    async () => {
      const rows: readonly Readonly<{ id: string; state: string }>[] = await platform.all('/notifications');
      return new Set(rows.filter(({ state }) => state === 'sent').map(({ id }) => id));
    },
    60_000,
  );
}

type Progress = Readonly<{ acked: number; stored: number; changedAt: number }>;
/** How far each part of the pipeline has come: ingest, recorder, rules with alarm, all seen through the gateway. */
async function progressOf(platform: Platform, log: Journal): Promise<Progress> {
  const { items } = await platform.get('/ledger');
  const alarms: readonly Readonly<{ updatedAt: string }>[] = await platform.all('/alarms');
  return {
    acked: log.acked.size,
    stored: items.reduce((sum: number, { stored }: { stored: number }) => sum + stored, 0),
    changedAt: Math.max(0, ...alarms.map(({ updatedAt }) => Date.parse(updatedAt))),
  };
}

/** Every part of the pipeline has moved since. Answers how long that took; nothing is waited for once all has been sent. */
async function worksAgain(platform: Platform, log: Journal, what: string): Promise<number> {
  const from = Date.now();
  let first: Progress | undefined;
  await until(
    `all parts to work again after ${what}`,
    async () => {
      if (log.acked.size === DEVICES * MOST_PER_DEVICE) return true;
      const now = await progressOf(platform, log);
      first ??= now;
      return now.acked > first.acked && now.stored > first.stored && now.changedAt > Math.max(first.changedAt, from) ? true : undefined;
    },
    GIVEN_UP_MS,
    200,
  );
  return Date.now() - from;
}

/** Devices send while the story is told. */
async function run(engines: PrivateEngines, startAt: number, story: Story): Promise<Run> {
  const folder = temporaryFolder();
  const phone = await startPhone();
  const env = { ...LOAD_ENV, ...engines.settings, ANLAN_EGRESS_ALLOW: `127.0.0.1:${phone.port}` };
  const platform = await Platform.start({ dataDir: folder.path, env, distributed: true });
  const over = new AbortController();
  try {
    await platform.import(bundle(phone));
    const log = journal();
    const deaths: Death[] = [];
    const recoveries = new Map<string, number>();
    let stopped = false;
    const pace = { devices: DEVICES, perDevice: MOST_PER_DEVICE, paceMs: PACE_MS, stopped: () => stopped, over: over.signal };
    const sending = runFleet({ ...fleetAt(startAt), ...pace, port: platform.mqttPort, credential: CREDENTIAL }, log);
    await story(
      platform,
      // What is on record just before is the least that may not be sent again.
      async () => void deaths.push({ sent: await sentNow(platform), at: Date.now() }),
      async (what) => void recoveries.set(what, await worksAgain(platform, log, what)),
    );
    stopped = true;
    await sending;
    await atRest({ platform, journal: log }, 180_000);
    const evidence = await gather({ platform, journal: log, pointIds: POINTS, calls: phone.calls, deaths });
    return { evidence, log, recoveries };
  } catch (error) {
    throw new Error(`${String(error)}\n${platform.output.slice(-60).join('')}`, { cause: error });
  } finally {
    over.abort();
    await platform.kill9();
    await phone.stop();
    folder.remove();
  }
}

/** Kills each app and then each engine once, while devices send. */
const everyPartDies =
  (engines: PrivateEngines): Story =>
  async (platform, death, recovered) => {
    for (const app of APPS) {
      await sleep(REST_MS);
      const pid = platform.pidOf(app);
      if (app !== 'gateway') await death();
      process.kill(pid, 'SIGKILL');
      await until(`${app} to be started again`, () => (platform.pidOf(app) === pid ? undefined : true), 20_000);
      await recovered(app);
    }
    for (const engine of ENGINES) {
      await sleep(REST_MS);
      await death();
      await engines.kill(engine);
      await sleep(AWAY_MS);
      await engines.start(engine);
      await recovered(engine);
    }
  };

describeWhenAsked('kafka', 'the distributed form under kill -9', 'CHAOS_DISTRIBUTED=1', () => {
  const folder = temporaryFolder();
  let engines: PrivateEngines;
  beforeAll(async () => {
    engines = await privateEngines(folder.path);
  }, 120_000);
  afterAll(async () => {
    await engines?.stopAll();
    folder.remove();
  });

  test('C01 C02 C05 C10 C11 C12 R-01 R-03 R-05 R-06 R-08 R-09 R-11 R-12 R-18 R-29 every app and every engine dies once: nothing acknowledged is lost, nothing is doubled, the alarms are the same', async () => {
    const startAt = Date.now() - 6 * 3_600_000;
    const wild = await run(engines, startAt, everyPartDies(engines));
    const calm = await undisturbed({ bundle: CITY, log: wild.log, fleet: fleetAt(startAt), pointIds: POINTS });
    const expected = expectedFrom(calm);
    const unchecked = ['R-07', 'R-10'];
    expectClean('the run in which nothing dies', { ...calm, ...expected }, { unchecked });
    expectClean('the run in which everything dies once', { ...wild.evidence, ...expected }, { unchecked });
    expect(expected.expectedEvents?.size).toBeGreaterThan(100);
    expect(wild.log.acked.size).toBe(wild.log.sent.length);
    process.stderr.write(
      `readings ${wild.log.sent.length} of at most ${DEVICES * MOST_PER_DEVICE}, events ${expected.expectedEvents?.size}, all parts work again after (ms): ${[...wild.recoveries].map(([what, ms]) => `${what} ${ms}`).join(', ')}\n`,
    );
    const slowest = (parts: readonly string[]): number => Math.max(...parts.map((part) => wild.recoveries.get(part) ?? Number.NaN));
    expect(slowest(APPS)).toBeLessThan(APP_RECOVERED_MS);
    expect(slowest(ENGINES)).toBeLessThan(ENGINE_RECOVERED_MS);
  }, 900_000);
});
