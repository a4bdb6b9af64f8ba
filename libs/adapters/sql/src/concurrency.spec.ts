/** Several processes on one PostgreSQL: each `Records` here has connections and memory of its own, as a process has. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Actor, Alarm } from '@anlan/contracts';
import { Fenced, type RegionScope, type Session, type User } from '@anlan/ports';
import { born, sampleAlarm, sampleEvent, sampleNotification, SAMPLE_AT as AT } from '@anlan/ports/contract';
import { describeWith } from '@anlan/testing';
import { sql } from 'kysely';
import { openRecords, postgres, type Place } from './contract/records-on.js';
import type { Records } from './index.js';
import { openSqlDatabase } from './sql-database.js';

const ALL: RegionScope = { regionCodes: null };
const BY: Actor = { kind: 'user', id: 'u1' };
const fail = (error: unknown): never => {
  throw error;
};

describeWith('postgres', 'records of several processes', (url) => {
  let place: Place;
  let [one, two]: readonly Records[] = [];
  const both = (): readonly [Records, Records] => {
    if (!one || !two) throw new Error('not open');
    return [one, two];
  };
  beforeEach(async () => {
    place = await postgres(url).place();
    one = await openRecords(place.dialect());
    two = await openRecords(place.dialect());
  });
  afterEach(async () => {
    for (const records of both()) await records.close();
    await place.drop();
  });

  test('migrations: of processes that begin at once one does it', async () => {
    const empty = await postgres(url).empty();
    const opened = await Promise.all(Array.from({ length: 4 }, () => openRecords(empty.dialect())));
    expect(await Promise.all(opened.map((records) => records.accounts.count()))).toEqual([0, 0, 0, 0]);
    for (const records of opened) await records.close();
    await empty.drop();
  });

  test('D1: of two transactions that block each other one is run again, and both are kept', async () => {
    const open = () => openSqlDatabase({ dialect: place.dialect(), now: AT, onFatal: fail });
    const databases = await Promise.all([open(), open()]);
    let runs = 0;
    const raise = (names: readonly string[]) => async (database: Awaited<ReturnType<typeof open>>) =>
      database.transact(async (tx) => {
        runs += 1;
        for (const name of names) {
          await tx
            .updateTable('counters')
            .set({ value: sql<number>`value + 1` })
            .where('name', '=', name)
            .execute();
          await wait(100);
        }
      });
    const [left, right] = databases;
    await Promise.all([raise(['audit', 'registry'])(left), raise(['registry', 'audit'])(right)]);
    expect(runs).toBe(3);
    expect(await place.run(`select value from counters where name in ('audit', 'registry')`)).toEqual([{ value: 2 }, { value: 2 }]);
    for (const database of databases) await database.close();
  });

  test('R-12: a batch of verdicts that two processes apply is applied once', async () => {
    const apply = (records: Records, offset: number) =>
      records.alarms.transact(async (tx) => {
        const applied = await tx.applied(0);
        if (applied && applied.offset >= offset) return 'repeat';
        for (const n of [1, 2, 3]) await tx.write(born(sampleAlarm(`a${offset}-${n}`)));
        await tx.setApplied({ partition: 0, offset, index: 2 });
        return 'applied';
      });
    for (let offset = 0; offset < 15; offset += 1) {
      const outcomes = await Promise.all(both().flatMap((records) => [apply(records, offset), apply(records, offset)]));
      expect(outcomes.sort()).toEqual(['applied', 'repeat', 'repeat', 'repeat']);
    }
  });

  test('I2: of processes that would open the same alarm one does, and the others see it', async () => {
    const raise = (records: Records, n: number) =>
      records.alarms.transact(async (tx) => {
        const alarm = sampleAlarm(randomUUID(), { key: { pointId: `p${n}`, ruleId: 'r', kind: 'threshold' } });
        const open = await tx.openByKey(alarm.key);
        if (!open) await tx.write(born(alarm));
        return (open ?? alarm).id;
      });
    for (let n = 0; n < 10; n += 1) {
      const ids = await Promise.all(both().flatMap((records) => [raise(records, n), raise(records, n), raise(records, n)]));
      expect(new Set(ids).size).toBe(1);
    }
    expect((await both()[0].alarmQueries.counts(ALL, {})).total).toBe(10);
  });

  test('I9: commands here and verdicts there: each builds on the one before, and the chain is whole', async () => {
    const alarm = sampleAlarm('a');
    await both()[0].alarms.transact((tx) => tx.write(born(alarm)));
    const change = (records: Records) =>
      records.alarms.transact(async (tx) => {
        const before = (await tx.byId('a')) ?? fail(new Error('gone'));
        const after: Alarm = { ...before, version: before.version + 1, cycles: before.cycles + 1 };
        await tx.write({ ...born(after), created: false, events: [sampleEvent(after, (await tx.chainHead('a')).seq + 1)] });
      });
    await Promise.all(both().flatMap((records) => Array.from({ length: 30 }, () => change(records))));
    const { alarmQueries } = both()[1];
    expect(await alarmQueries.get(ALL, 'a')).toMatchObject({ version: 61, cycles: 60 });
    expect([(await alarmQueries.timeline(ALL, 'a')).items.length, await alarmQueries.verifyChain('a')]).toEqual([61, null]);
  });

  test('S-42: two administrators who dismiss each other at once: one stays', async () => {
    const user: User = {
      id: 'u0',
      username: 'a',
      name: 'A',
      personId: null,
      roles: ['admin'],
      scope: { regionCodes: null },
      disabled: false,
      passwordHash: 'h',
      passwordSetAt: AT,
      mustChangePassword: false,
      createdAt: AT,
    };
    for (let n = 0; n < 5; n += 1) {
      const pair = both().map(({ accounts }, i) => ({ accounts, id: `u${n}-${i}` }));
      for (const { accounts, id } of pair) await accounts.create({ ...user, id, username: id });
      const outcomes = await Promise.all(pair.map(({ accounts }, i) => accounts.update(pair[1 - i]?.id ?? '', { disabled: true })));
      expect(outcomes.sort()).toEqual(['done', 'last_administrator']);
      await place.run('delete from users');
    }
  });

  test('N1: two notifiers take a thousand rows, none twice', async () => {
    const [first, second] = both();
    await first.alarms.transact(async (tx) => {
      for (let a = 0; a < 20; a += 1) {
        const alarm = sampleAlarm(`a${a}`, { level: a % 2 === 0 ? 'red' : 'blue' });
        const rows = Array.from({ length: 50 }, (_, n) => sampleNotification(alarm, n + 1, { personId: `p${n % 7}` }));
        await tx.write(born(alarm, { notifications: rows }));
      }
    });
    const drain = async ({ notifications }: Records): Promise<readonly string[]> => {
      const taken: string[] = [];
      for (let empty = 0; empty < 3;) {
        const rows = await notifications.claim(AT + 1_000, AT + 999_000, 9);
        taken.push(...rows.map(({ id }) => id));
        empty = rows.length === 0 ? empty + 1 : 0;
        for (const { id } of rows) await notifications.settle(id, [], { state: 'sent', outcome: 'ok', at: AT, text: 'x', link: null });
      }
      return taken;
    };
    const shares = await Promise.all([drain(first), drain(first), drain(second), drain(second)]);
    const taken = shares.flat();
    expect([taken.length, new Set(taken).size]).toEqual([1_000, 1_000]);
    expect(shares.slice(2).flat().length).toBeGreaterThan(50);
  }, 60_000);

  test('a notifier does not wait for alarms that are being written', async () => {
    const [first, second] = both();
    const alarm = sampleAlarm('a');
    await first.alarms.transact((tx) => tx.write(born(alarm, { notifications: [sampleNotification(alarm, 1)] })));
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const writing = first.alarms.transact(async (tx) => {
      await tx.write(born(sampleAlarm('b')));
      await held;
    });
    expect(await second.notifications.claim(AT + 9, AT + 99, 9)).toHaveLength(1);
    release();
    await writing;
  });

  test('changes: who follows by position misses none, however many write', async () => {
    const reader = await openRecords(place.dialect());
    const seen: string[] = [];
    const positions: number[] = [0];
    let done = false;
    const follow = async (): Promise<void> => {
      for (let last = false; ;) {
        const { position, alarms } = await reader.alarmQueries.changesSince(ALL, positions.at(-1) ?? 0, 7);
        seen.push(...alarms.map(({ id }) => id));
        positions.push(position);
        if (last && alarms.length === 0) return;
        last = done && alarms.length === 0;
      }
    };
    const following = follow();
    const write = async (records: Records, name: string): Promise<void> => {
      for (let n = 0; n < 60; n += 1) {
        await records.alarms.transact(async (tx) => {
          for (let m = 0; m < 1 + (n % 3); m += 1) await tx.write(born(sampleAlarm(`${name}-${n}-${m}`)));
        });
      }
    };
    await Promise.all(both().flatMap((records, i) => [write(records, `w${i}`), write(records, `x${i}`)]));
    done = true;
    await following;
    expect([seen.length, new Set(seen).size]).toEqual([480, 480]);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    await reader.close();
  }, 60_000);

  test('S-40: audit rows of two processes are one chain without gaps', async () => {
    const entry = {
      at: AT,
      actor: BY,
      source: '127.0.0.1',
      requestId: 'r',
      action: 'login',
      objectKind: 'user',
      objectId: 'u1',
      regionCode: null,
      outcome: 'ok',
      reason: null,
      before: null,
      after: null,
    } as const;
    await Promise.all(both().flatMap(({ audit }) => Array.from({ length: 25 }, () => audit.write(entry))));
    const { audit } = both()[0];
    expect([(await audit.page(99)).items.map(({ n }) => n), await audit.verify()]).toEqual([
      Array.from({ length: 50 }, (_, i) => 50 - i),
      null,
    ]);
  });

  test('links: two processes give one person one link, and the first use stands', async () => {
    const issue = ({ links }: Records) => links.issue({ alarmId: 'a', level: 'red', personId: 'p', personName: '值班一', now: AT });
    const addresses = new Set(await Promise.all(both().flatMap((records) => [issue(records), issue(records), issue(records)])));
    expect(addresses.size).toBe(1);
    const link = await both()[0].links.find([...addresses].join('').split('/').at(-1) ?? '');
    const uses = await Promise.all(both().map(({ links }, i) => links.use(link?.id ?? '', AT + 1, `use ${i}`)));
    expect(new Set(uses).size).toBe(1);
  });

  test('sessions: logins at two gateways keep to the limit', async () => {
    const session = (n: string): Session => ({
      id: n,
      userId: 'u1',
      tokenHash: `t${n}`,
      createdAt: AT,
      expiresAt: AT + 99,
      lastSeenAt: AT,
      stepUpAt: AT,
      source: '127.0.0.1',
      client: 'x',
    });
    await Promise.all(both().flatMap(({ accounts }, i) => [1, 2, 3, 4].map((n) => accounts.openSession(session(`${i}-${n}`), 3))));
    expect(await place.run('select count(*) as n from sessions')).toEqual([{ n: 3 }]);
  });

  test('C2: the worker that was replaced is fenced in the middle of its saves', async () => {
    const [first, second] = both();
    const { epoch } = await first.checkpoints.open('rules', 0);
    let saved = 0;
    const saving = (async () => {
      for (let n = 1; ; n += 1) {
        await first.checkpoints.save('rules', 0, epoch, n, {
          put: new Map([
            ['k', `${n}`],
            [`k${n}`, 'x'],
          ]),
          drop: [],
        });
        saved = n;
      }
    })();
    const fenced = expect(saving).rejects.toThrow(Fenced);
    await wait(200);
    const opened = await second.checkpoints.open('rules', 0);
    await fenced;
    expect(saved).toBeGreaterThan(0);
    expect([opened.nextOffset, opened.entries.get('k'), opened.entries.size]).toEqual([saved, `${saved}`, saved + 1]);
    expect(await second.checkpoints.open('rules', 0)).toMatchObject({ nextOffset: saved });
  });

  test('C3: an entry or a place that was changed, lost or added behind our back makes the opening fail with its name', async () => {
    const [{ checkpoints }] = both();
    const { epoch } = await checkpoints.open('rules', 3);
    await checkpoints.save('rules', 3, epoch, 9, {
      put: new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
      drop: [],
    });
    const damages = [
      [
        `update checkpoint_entries set value = '3' where entry_key = 'b'`,
        'the entry b does not match',
        `update checkpoint_entries set value = '2' where entry_key = 'b'`,
      ],
      [`update checkpoints set next_offset = 8`, 'rules/3', `update checkpoints set next_offset = 9`],
      [`delete from checkpoint_entries where entry_key = 'a'`, '1 entries instead of 2', ''],
    ] as const;
    for (const [damage, words, repair] of damages) {
      await place.run(damage);
      await expect(checkpoints.open('rules', 3)).rejects.toThrow(words);
      if (repair !== '') {
        await place.run(repair);
        expect((await checkpoints.open('rules', 3)).entries.size).toBe(2);
      }
    }
  });

  test('G1: two recorders that believe to hold a partition count it once', async () => {
    const counts = { received: 1, stored: 1, rejected: 0, duplicate: 0, quarantined: 0 };
    for (let n = 0; n < 20; n += 1) {
      const entries = ['d1', 'd2'].map((deviceId) => ({ deviceId, hour: 0, counts, seq: n, newestT: n }));
      const ends = await Promise.all(both().map(({ ledger }) => ledger.apply(0, { from: n, next: n + 1 }, entries)));
      expect(ends).toEqual([n + 1, n + 1]);
    }
    expect(await both()[0].ledger.items(0, 1)).toMatchObject([
      { deviceId: 'd1', received: 20, gaps: [] },
      { deviceId: 'd2', received: 20, gaps: [] },
    ]);
  });

  test('G1: partitions that touch the same devices do not block each other', async () => {
    const counts = { received: 1, stored: 1, rejected: 0, duplicate: 0, quarantined: 0 };
    const ids = Array.from({ length: 50 }, (_, i) => `d${i}`);
    const work = async ({ ledger }: Records, partition: number): Promise<void> => {
      const order = partition % 2 === 0 ? ids : [...ids].reverse();
      for (let n = 0; n < 10; n += 1) {
        const entries = order.map((deviceId) => ({ deviceId, hour: 0, counts, seq: n, newestT: n }));
        await ledger.apply(partition, { from: n, next: n + 1 }, entries);
      }
    };
    await Promise.all(both().flatMap((records, i) => [work(records, 2 * i), work(records, 2 * i + 1)]));
    expect((await both()[0].ledger.items(0, 1)).map(({ received }) => received)).toEqual(ids.map(() => 40));
  }, 60_000);
});
