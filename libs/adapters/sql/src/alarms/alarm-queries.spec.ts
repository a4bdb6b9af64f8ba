import type { Alarm, AlarmFilter } from '@anlan/contracts';
import { BadCursor, type RegionScope } from '@anlan/ports';
import { born, sampleAlarm, sampleEvent, sampleNotification, SAMPLE_AT as AT } from '@anlan/ports/contract';
import fc from 'fast-check';
import { onBothEngines, openRecords, type Place } from '../contract/records-on.js';
import type { Records } from '../index.js';

const ALL: RegionScope = { regionCodes: null };

onBothEngines('alarm queries', (engine) => {
  let place: Place;
  let records: Records;

  beforeEach(async () => {
    place = await engine.place();
    records = await openRecords(place.dialect());
    const regions = [
      { code: '3401', name: '市' },
      { code: '340104', name: '东', parent: '3401' },
      { code: '340111', name: '西', parent: '3401' },
    ];
    await records.registry.importBundle({ version: 1, regions }, { kind: 'system', id: 's' }, AT);
  });
  afterEach(async () => {
    await records.close();
    await place.drop();
  });

  const write = (...alarms: readonly Alarm[]) =>
    records.alarms.transact(async (tx) => {
      for (const alarm of alarms) await tx.write(born(alarm));
    });
  const ids = async (filter: AlarmFilter, scope = ALL, sort: 'newest' | 'urgency' = 'newest') =>
    (await records.alarmQueries.list(scope, filter, sort, 100)).items.map(({ id }) => id);

  describe('scope', () => {
    test('S-30 S-31: nothing of another region is seen by any query', async () => {
      await write(sampleAlarm('east'), sampleAlarm('west', { regionCode: '340111' }));
      const east: RegionScope = { regionCodes: ['340104'] };
      const { alarmQueries } = records;
      expect([await ids({}, east), await ids({ siteId: 'net-1' }, east), await ids({}, { regionCodes: [] })]).toEqual([
        ['east'],
        ['east'],
        [],
      ]);
      expect(await alarmQueries.get(east, 'west')).toBeUndefined();
      expect(await alarmQueries.timeline(east, 'west')).toEqual({ items: [], nextCursor: null });
      expect((await alarmQueries.timeline(east, 'west', { order: 'newest', limit: 9 })).items).toEqual([]);
      expect(await alarmQueries.notifications(east, 'west')).toEqual([]);
      expect((await alarmQueries.counts(east, {})).total).toBe(1);
      expect((await alarmQueries.changesSince(east, 0, 10)).alarms.map(({ id }) => id)).toEqual(['east']);
      expect(await alarmQueries.get(ALL, 'west')).toMatchObject({ id: 'west' });
    });
  });

  describe('lists', () => {
    test('each filter leaves what it says', async () => {
      await write(
        sampleAlarm('a', { domain: 'gas', level: 'red' }),
        sampleAlarm('b', { siteId: 'net-2', ack: 'acked', regionCode: '340111', raisedAt: AT + 10 }),
        sampleAlarm('c', { work: 'closed', raisedAt: AT + 20, key: { pointId: 'p', ruleId: 'r-9', kind: 'stale' } }),
        sampleAlarm('d', { retrospective: true, process: 'normal', raisedAt: AT + 30 }),
      );
      const table: readonly (readonly [AlarmFilter, readonly string[]])[] = [
        [{}, ['d', 'c', 'b', 'a']],
        [{ open: true }, ['b', 'a']],
        [{ open: false }, ['c']],
        [{ open: true, retrospective: true }, ['d']],
        [{ retrospective: false }, ['c', 'b', 'a']],
        [{ levels: ['red', 'blue'] }, ['a']],
        [{ levels: [] }, []],
        [{ domains: ['gas'] }, ['a']],
        [{ siteId: 'net-2' }, ['b']],
        [{ regionCode: '340111' }, ['b']],
        [{ regionCode: '3401' }, ['d', 'c', 'b', 'a']],
        [{ pointId: 'p' }, ['c']],
        [{ deviceId: 'nobody' }, []],
        [{ ruleId: 'r-9', kinds: ['stale'] }, ['c']],
        [{ kinds: ['flatline'] }, []],
        [{ ack: 'acked' }, ['b']],
        [{ work: 'closed' }, ['c']],
        [{ from: AT + 10, to: AT + 30 }, ['c', 'b']],
      ];
      for (const [filter, expected] of table) expect({ filter, ids: await ids(filter) }).toEqual({ filter, ids: expected });
    });

    test('urgency: open, then level, then not acknowledged, then active, then newest', async () => {
      await write(
        sampleAlarm('closed-red', { level: 'red', work: 'closed' }),
        sampleAlarm('red-acked', { level: 'red', ack: 'acked' }),
        sampleAlarm('red-normal', { level: 'red', process: 'normal' }),
        sampleAlarm('red-old', { level: 'red' }),
        sampleAlarm('red-new', { level: 'red', raisedAt: AT + 1 }),
        sampleAlarm('blue', { level: 'blue', raisedAt: AT + 9 }),
      );
      expect(await ids({}, ALL, 'urgency')).toEqual(['red-new', 'red-old', 'red-normal', 'red-acked', 'blue', 'closed-red']);
    });

    test('property: pages by cursor give each alarm once, whatever is added between them', async () => {
      let n = 0;
      const make = (raised: number, level: 'blue' | 'red'): Alarm =>
        sampleAlarm(`x${String((n += 1)).padStart(4, '0')}`, { raisedAt: AT + raised, level });
      const some = fc.array(fc.tuple(fc.nat(5), fc.constantFrom('blue', 'red')), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(
          some,
          some,
          fc.integer({ min: 1, max: 5 }),
          fc.constantFrom('newest', 'urgency'),
          async (first, later, limit, sort) => {
            const domain = `d${n}`;
            await write(...first.map(([raised, level]) => ({ ...make(raised, level), domain })));
            const whole = await ids({ domains: [domain] }, ALL, sort);
            const seen: string[] = [];
            let cursor: string | undefined;
            for (let page = 0; page < 99; page += 1) {
              const { items, nextCursor } = await records.alarmQueries.list(ALL, { domains: [domain] }, sort, limit, cursor);
              seen.push(...items.map(({ id }) => id));
              if (nextCursor === null) break;
              cursor = nextCursor;
              if (page === 0)
                await write(...later.map(([raised, level]) => ({ ...make(raised + 1_000, level), domain, level: 'red' as const })));
            }
            expect(seen.filter((id) => whole.includes(id))).toEqual(whole);
            expect(new Set(seen).size).toBe(seen.length);
          },
        ),
        { numRuns: 40 },
      );
    });

    test('a cursor that this list never gave is refused', async () => {
      const other = Buffer.from(JSON.stringify(['urgency', 1, 2, 'x'])).toString('base64url');
      for (const cursor of [
        '',
        'x',
        '%%%',
        other,
        Buffer.from('["newest",1]').toString('base64url'),
        Buffer.from('["newest",1e999,"a"]').toString('base64url'),
        Buffer.from('{}').toString('base64url'),
      ]) {
        await expect(records.alarmQueries.list(ALL, {}, 'newest', 10, cursor)).rejects.toBeInstanceOf(BadCursor);
      }
    });
  });

  test('counts say how many, by level, state, domain, and the worst of each site and region', async () => {
    const shelved = { state: 'shelved', reason: 'r', by: 'u', at: AT, until: AT + 1, oneShot: false, permitLevel: 'red' } as const;
    await write(
      sampleAlarm('a', { level: 'red', suppression: shelved }),
      sampleAlarm('b', { level: 'blue', ack: 'acked' }),
      sampleAlarm('c', { siteId: 'net-2', domain: 'gas' }),
      sampleAlarm('d', { work: 'closed', level: 'red', siteId: 'net-2' }),
    );
    expect(await records.alarmQueries.counts(ALL, {})).toEqual({
      byLevel: { red: 1, blue: 1, orange: 1 },
      byAck: { unacked: 2, acked: 1 },
      byWork: { awaiting_confirmation: 3 },
      byDomain: { uspace: { red: 1, blue: 1 }, gas: { orange: 1 } },
      bySite: { 'net-1': 'red', 'net-2': 'orange' },
      byRegion: { '340104': 'red' },
      shelved: { red: 1 },
      total: 3,
    });
  });

  test('changes come in the order of writing, each alarm as it now stands, and a stream can go on from its position', async () => {
    expect(await records.alarmQueries.newestChange()).toBe(0);
    await write(sampleAlarm('a'), sampleAlarm('b'), sampleAlarm('c'));
    const first = await records.alarmQueries.changesSince(ALL, 0, 2);
    expect([first.position, first.alarms.map(({ id }) => id)]).toEqual([2, ['a', 'b']]);
    await records.alarms.transact((tx) => tx.write({ ...born(sampleAlarm('a', { version: 2 })), created: false, events: [] }));
    const second = await records.alarmQueries.changesSince(ALL, first.position, 10);
    expect([second.position, second.alarms.map(({ id, version }) => `${id}${version}`)]).toEqual([4, ['c1', 'a2']]);
    expect(await records.alarmQueries.changesSince(ALL, 4, 10)).toEqual({ position: 4, alarms: [] });
    expect((await records.alarmQueries.changesSince({ regionCodes: ['none'] }, 0, 10)).position).toBe(4);
  });

  describe('the chain of events', () => {
    const alarm = sampleAlarm('a');
    beforeEach(async () => {
      await write(alarm);
      await records.alarms.transact((tx) =>
        tx.write({ ...born({ ...alarm, version: 2 }), created: false, events: [2, 3, 4].map((seq) => sampleEvent(alarm, seq)) }),
      );
    });

    test('is whole as written', async () => {
      expect(await records.alarmQueries.verifyChain('a')).toBeNull();
      expect(await records.alarmQueries.verifyChain('none')).toBeNull();
      expect((await records.alarmQueries.timeline(ALL, 'a')).items.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    });

    test('is read in pages from either end; what is added meanwhile moves no page', async () => {
      const { timeline } = records.alarmQueries;
      const seqs = async (order: 'oldest' | 'newest', cursor?: string | null) => {
        const { items, nextCursor } = await timeline(ALL, 'a', { order, limit: 3, ...(cursor != null && { cursor }) });
        return { seqs: items.map(({ seq }) => seq), nextCursor };
      };
      const [oldest, newest] = [await seqs('oldest'), await seqs('newest')];
      expect([oldest.seqs, newest.seqs]).toEqual([
        [1, 2, 3],
        [4, 3, 2],
      ]);
      await records.alarms.transact((tx) =>
        tx.write({ ...born({ ...alarm, version: 3 }), created: false, events: [sampleEvent(alarm, 5)] }),
      );
      expect(await seqs('oldest', oldest.nextCursor)).toEqual({ seqs: [4, 5], nextCursor: null });
      expect(await seqs('newest', newest.nextCursor)).toEqual({ seqs: [1], nextCursor: null });
      await expect(seqs('newest', oldest.nextCursor)).rejects.toBeInstanceOf(BadCursor);
      expect((await timeline(ALL, 'a')).items).toHaveLength(5);
    });

    const tamperings = {
      'a changed text': [`update alarm_events set body = replace(body, 'rules', 'nobody') where seq = 2`, 2],
      'a changed time': [`update alarm_events set at = at + 1 where seq = 3`, 3],
      'a changed type': [`update alarm_events set type = 'recovered' where seq = 4`, 4],
      'two rows swapped': [
        `update alarm_events set seq = case seq when 2 then 30 else 20 end where seq in (2, 3); update alarm_events set seq = seq / 10 where seq > 10`,
        2,
      ],
      'a missing middle': [`delete from alarm_events where seq = 2`, 2],
      'a missing tail': [`delete from alarm_events where seq = 4`, 4],
      'a missing chain': [`delete from alarm_events`, 1],
      'a row too many': [`insert into alarm_events select alarm_id, 5, 'x', type, at, hash, hash, body from alarm_events where seq = 4`, 5],
      'text that is no JSON': [`update alarm_events set body = '{' where seq = 1`, 1],
    } as const;
    test.each(Object.entries(tamperings))('S-62: %s shows', async (_, [statements, broken]) => {
      await place.run(...statements.split('; '));
      expect(await records.alarmQueries.verifyChain('a')).toBe(broken);
    });
  });

  test('S-48: no link stands readable in the outbox rows', async () => {
    const alarm = sampleAlarm('a');
    const link = 'http://127.0.0.1:8080/a/abcdefghijklmnopqrstuv';
    await records.alarms.transact((tx) => tx.write(born(alarm, { notifications: [sampleNotification(alarm, 1)] })));
    await records.notifications.claim(AT + 9, AT + 99, 1);
    await records.notifications.settle('a-n1', [], { state: 'sent', outcome: 'ok', at: AT, text: `超限 ${link}`, link });
    expect(JSON.stringify(await place.run('select * from notifications'))).not.toContain('abcdefghij');
    expect(await records.alarmQueries.notifications(ALL, 'a')).toMatchObject([{ link, text: `超限 ${link}`, state: 'sent' }]);
  });
});
