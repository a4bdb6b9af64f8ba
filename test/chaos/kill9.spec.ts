import { availableParallelism, loadavg } from 'node:os';
import type { Evidence } from '../check/evidence.js';
import type { Death } from '../check/repeats.js';
import { CREDENTIAL, city } from '../rig/city.js';
import { expectClean } from '../rig/clean.js';
import { deathOf, sentInFolder } from '../rig/death.js';
import { atRest, gather } from '../rig/evidence.js';
import { type FleetOptions, type Journal, journal, runFleet } from '../rig/journal.js';
import { LOAD_ENV } from '../rig/load.js';
import { type Phone, startPhone } from '../rig/phone.js';
import { Platform, sleep, temporaryFolder } from '../rig/platform.js';

/** How often the platform dies; the full bar, 50, is for CI. */
const KILLS = Number(process.env['CHAOS_KILLS'] ?? (process.env['CI'] ? 50 : 6));
const DEVICES = 8;
const PER_DEVICE = Math.max(200, KILLS * 40);
const PACE_MS = 25;
/** A minute a kill: a start takes half of it on a machine that has ten times its work. */
const TIME_MS = 600_000 + KILLS * 60_000;
const POINTS = Array.from({ length: DEVICES }, (_, n) => `d-${n}.ch4`);
/** Readings that hop around the limits, so that one lost or doubled changes the outcome. */
const HOPS = [0.2, 1.4, 2.6, 0.3, 3.3, 4.8, 4.1, 0.1, 1.1, 0.95];
const value = (device: number, i: number): number => HOPS[(i * 7 + device * 3 + (i >> 4)) % HOPS.length] ?? 0;
/** Back in 10 s, on a machine that is not busy with other things; longer by as much as others ask of it just then. */
const backWithinMs = (): number => 10_000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
/** Each fifth start is killed too, before it is ready. */
const diesWhileStarting = (kill: number): boolean => kill % 5 === 4;

type Recovery = Readonly<{ ms: number; withinMs: number }>;
type Run = Readonly<{ evidence: Evidence; log: Journal; recoveries: readonly Recovery[]; posts: number; repeats: number }>;

function bundle(phone: Phone): Record<string, unknown> {
  return {
    ...city({ devices: DEVICES, device: { liveHorizonMs: null, intervalMs: 600_000 } }),
    people: [{ id: 'p-1', name: '值班甲', unitId: 'u-1', webhook: `http://127.0.0.1:${phone.port}/hook` }],
    routes: [
      { id: 'route-1', levels: ['orange', 'red'], personIds: ['p-1'], channels: ['outbox', 'webhook'] },
      { id: 'route-2', levels: ['blue', 'yellow'], personIds: ['p-1'], channels: ['outbox'] },
    ],
  };
}

async function run(kills: number, startAt: number): Promise<Run> {
  const folder = temporaryFolder();
  const phone = await startPhone();
  const env = { ...LOAD_ENV, ANLAN_EGRESS_ALLOW: `127.0.0.1:${phone.port}` };
  const over = new AbortController();
  let platform = await Platform.start({ dataDir: folder.path, env });
  const again = { dataDir: folder.path, env, httpPort: platform.httpPort, mqttPort: platform.mqttPort };
  try {
    await platform.import(bundle(phone));
    const log = journal();
    const fleet: FleetOptions = {
      port: platform.mqttPort,
      credential: CREDENTIAL,
      devices: DEVICES,
      perDevice: PER_DEVICE,
      startAt,
      everyMs: 1_000,
      value,
      paceMs: kills > 0 ? PACE_MS : 0,
      over: over.signal,
    };
    const recoveries: Recovery[] = [];
    const deaths: Death[] = [];
    const sending = runFleet(fleet, log);
    for (let i = 0; i < kills; i++) {
      await sleep(100 + ((i * 7_919) % 900));
      await platform.kill9();
      deaths.push(await deathOf(() => sentInFolder(folder.path)));
      if (diesWhileStarting(i)) {
        await Platform.dieWhileStarting(again, 150 + ((i * 131) % 500));
        deaths.push(await deathOf(() => sentInFolder(folder.path)));
      }
      platform = await Platform.start(again);
      recoveries.push({ ms: platform.readyMs, withinMs: backWithinMs() });
    }
    await sending;
    await atRest({ platform, journal: log });
    const evidence = await gather({ platform, journal: log, pointIds: POINTS, calls: phone.calls, deaths });
    return {
      evidence,
      log,
      recoveries,
      posts: phone.calls.length,
      repeats: phone.calls.length - new Set(phone.calls.map(({ id }) => id)).size,
    };
  } finally {
    over.abort();
    await platform.kill9();
    await phone.stop();
    folder.remove();
  }
}

const UNCHECKED = ['R-07', 'R-10'];

test(
  `C03 R-01 R-03 R-04 R-05 R-06 R-08 R-09 R-11 R-12 R-13 R-18 R-19 kill -9 at ${KILLS} moments under load: nothing acknowledged is lost, nothing is doubled, the alarms are the same`,
  async () => {
    const startAt = Date.now() - 6 * 3_600_000;
    const calm = await run(0, startAt);
    const wild = await run(KILLS, startAt);

    const expected = {
      expectedEvents: new Map((calm.evidence.alarms ?? []).flatMap(({ engineEvents }) => [...engineEvents])),
      expectedVerdicts: calm.evidence.verdicts ?? [],
    };
    expectClean('the run without kills', { ...calm.evidence, ...expected }, { unchecked: UNCHECKED });
    expectClean(`the run with ${KILLS} kills`, { ...wild.evidence, ...expected }, { unchecked: UNCHECKED });

    expect(expected.expectedEvents.size).toBeGreaterThan(100);
    expect(wild.log.acked.size).toBe(DEVICES * PER_DEVICE);
    expect(calm.repeats).toBe(0);
    expect(wild.recoveries.filter(({ ms, withinMs }) => ms > withinMs)).toEqual([]);
    process.stderr.write(
      `kills ${KILLS}, readings ${DEVICES * PER_DEVICE}, events ${expected.expectedEvents.size}, posts ${wild.posts} with ${wild.repeats} repeats of the same id, slowest restart ${Math.max(...wild.recoveries.map(({ ms }) => ms))} ms\n`,
    );
  },
  TIME_MS,
);
