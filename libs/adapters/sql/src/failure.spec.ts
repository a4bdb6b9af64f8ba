/** A PostgreSQL of our own that dies, and a link to it that is cut. */
import { setTimeout as wait } from 'node:timers/promises';
import { postgresDialect } from '@anlan/adapter-postgres';
import { RecordsUnavailable, type RegionScope } from '@anlan/ports';
import { born, sampleAlarm, SAMPLE_AT as AT } from '@anlan/ports/contract';
import { badLink, describeWith, privatePostgres, type BadLink, type PrivatePostgres } from '@anlan/testing';
import { asApp, openRecords, postgres, type Place } from './contract/records-on.js';
import type { Records } from './index.js';

const ALL: RegionScope = { regionCodes: null };
const HEALED_MS = 15_000;
const BY = { kind: 'user', id: 'u1' } as const;

const city = {
  version: 1,
  regions: [{ code: '3401', name: '市' }],
  units: [{ id: 'gas-co', name: '燃气', role: 'owner' }],
  sites: [{ id: 'net-1', name: '管网', domain: 'uspace', regionCode: '3401', unitId: 'gas-co', lon: 117.2, lat: 31.8 }],
  assets: [{ id: 'well-1', siteId: 'net-1', name: '井' }],
  devices: [{ id: 'dev-1', assetId: 'well-1', credential: 'secret-of-device-1', intervalMs: 60_000 }],
};

// Needs the server's programs, not the shared server: that one is never killed.
describeWith('postgres', 'records whose server or link fails', () => {
  let server: PrivatePostgres;
  let link: BadLink;
  let place: Place;
  const opened: Records[] = [];
  const open = async (url: string, poolSize = 4): Promise<Records> => {
    const schema = String((await place.run('select current_schema() as name'))[0]?.['name']);
    const records = await openRecords(postgresDialect({ url: asApp(url), schema, poolSize }));
    opened.push(records);
    return records;
  };
  beforeAll(async () => {
    server = await privatePostgres();
  }, 60_000);
  afterAll(() => server.remove());
  beforeEach(async () => {
    link = await badLink(server);
    place = await postgres(server.url).place();
  });
  afterEach(async () => {
    for (const records of opened.splice(0)) await records.close();
    await link.close();
    await place.drop();
  });
  const throughLink = (): string => server.url.replace(`:${server.port}/`, `:${link.port}/`);
  const raise = ({ alarms }: Records, id: string): Promise<void> =>
    alarms.transact(async (tx) => {
      if (!(await tx.byId(id))) await tx.write(born(sampleAlarm(id)));
    });
  const until = async (is: () => Promise<boolean>): Promise<number> => {
    const began = performance.now();
    while (!(await is())) {
      if (performance.now() - began > 2 * HEALED_MS) throw new Error('never healed');
      await wait(50);
    }
    return performance.now() - began;
  };
  const works = (records: Records, id: string): Promise<boolean> =>
    raise(records, id).then(
      () => true,
      () => false,
    );

  test('R-16: kill -9 under load: what resolved is there, once, and work goes on by itself', async () => {
    const records = await open(server.url);
    const resolved: string[] = [];
    const strange: unknown[] = [];
    let stop = false;
    const load = async (name: string): Promise<void> => {
      for (let n = 0; !stop; n += 1) {
        const id = `${name}-${n}`;
        // As a flow does: the same again until it has resolved.
        for (let isDone = false; !isDone && !stop;) {
          isDone = await raise(records, id).then(
            () => true,
            async (error: unknown) => {
              if (!(error instanceof RecordsUnavailable)) strange.push(error);
              await wait(50);
              return false;
            },
          );
          if (isDone) resolved.push(id);
        }
      }
    };
    const loads = ['a', 'b', 'c'].map(load);
    for (let kills = 0; kills < 2; kills += 1) {
      await wait(700);
      await server.kill();
      await wait(300);
      const before = resolved.length;
      await server.start();
      const began = performance.now();
      await until(() => Promise.resolve(resolved.length > before));
      expect(performance.now() - began).toBeLessThan(HEALED_MS);
    }
    stop = true;
    await Promise.all(loads);
    const stored = (await place.run('select id from alarms')).map(({ id }) => String(id));
    expect(resolved.filter((id) => !stored.includes(id))).toEqual([]);
    expect(await place.run('select count(*) as n, max(change) as change from alarms')).toEqual([
      { n: stored.length, change: stored.length },
    ]);
    expect(strange).toEqual([]);
    expect(resolved.length).toBeGreaterThan(20);
  }, 120_000);

  test('P1, P2: a cut cable: the call in hand ends within 15 s, and after the repair the next ones work at once', async () => {
    const records = await open(throughLink());
    // Several connections, all of which will be dead.
    await Promise.all(Array.from({ length: 8 }, () => records.accounts.count()));
    link.freeze();
    const began = performance.now();
    await expect(records.accounts.count()).rejects.toBeInstanceOf(RecordsUnavailable);
    expect(performance.now() - began).toBeLessThan(HEALED_MS);
    link.heal();
    expect(await until(() => works(records, 'a'))).toBeLessThan(HEALED_MS);
    expect(await Promise.all(Array.from({ length: 8 }, () => records.accounts.count()))).toEqual(Array.from({ length: 8 }, () => 0));
  }, 60_000);

  test('P3: who is cut off in the middle of a transaction holds its locks for a few seconds only, and changes nothing', async () => {
    const cutOff = await open(throughLink());
    const other = await open(server.url);
    const writing = cutOff.alarms.transact(async (tx) => {
      await tx.write(born(sampleAlarm('half')));
      link.freeze();
      await tx.write(born(sampleAlarm('other-half')));
    });
    const failed = expect(writing).rejects.toBeInstanceOf(RecordsUnavailable);
    await wait(300);
    const waited = await until(() => works(other, 'a'));
    console.info(`the lock of a process that was cut off was free after ${Math.round(waited)} ms`);
    expect(waited).toBeLessThan(HEALED_MS);
    await failed;
    expect((await other.alarmQueries.counts(ALL, {})).total).toBe(1);
  }, 60_000);

  test('D3: a link that is reset again and again ends no process and loses nothing that resolved', async () => {
    const records = await open(throughLink());
    const resolved: string[] = [];
    for (let n = 0; n < 30; n += 1) {
      const tries = ['x', 'y'].map((name) => works(records, `${name}${n}`).then((isDone) => isDone && resolved.push(`${name}${n}`)));
      await wait(n % 5);
      link.cut();
      link.heal();
      await Promise.all(tries);
    }
    expect(await until(() => works(records, 'end'))).toBeLessThan(HEALED_MS);
    const stored = (await place.run('select id from alarms')).map(({ id }) => String(id));
    expect(resolved.filter((id) => !stored.includes(id))).toEqual([]);
  }, 60_000);

  test('devices: who is known gets in while the records are away; who is not is told to try later', async () => {
    const gateway = await open(server.url);
    const ingest = await open(throughLink());
    await gateway.registry.importBundle(city, BY, AT);
    await ingest.refresh();
    link.cut();
    const login = (deviceId: string, secret = 'secret-of-device-1') => ingest.credentials.verify(deviceId, Buffer.from(secret));
    expect([await login('dev-1'), await login('dev-1', 'wrong'), await login('dev-2')]).toEqual(['accepted', 'unavailable', 'unavailable']);
    expect(ingest.registry.current().devices.size).toBe(1);
    link.heal();
    await until(async () => (await login('dev-2')) === 'refused');
  }, 60_000);

  test('D3: a pool of two under fifty callers of all kinds comes to an end', async () => {
    const records = await open(server.url, 2);
    const callers = Array.from({ length: 50 }, async (_, n) => {
      const kinds: readonly (() => Promise<unknown>)[] = [
        () => raise(records, `a${n}`),
        () => records.notifications.claim(AT + 9, AT + 99, 9),
        () => records.alarmQueries.list(ALL, {}, 'newest', 10),
        () => records.links.issue({ alarmId: `a${n % 3}`, level: 'red', personId: 'p', personName: '一', now: AT }),
        () => records.registry.importBundle({ units: [{ id: `u${n}`, name: '单位', role: 'owner' }] }, BY, AT),
      ];
      await kinds[n % 5]?.();
    });
    const ends = await Promise.allSettled(callers);
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
  }, 60_000);

  test('opening records that are away is told as that', async () => {
    link.cut();
    await expect(open(throughLink())).rejects.toBeInstanceOf(RecordsUnavailable);
  });
});
