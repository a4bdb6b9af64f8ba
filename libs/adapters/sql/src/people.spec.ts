import type { DeadLetter } from '@anlan/contracts';
import type { AuditEntry, Session, User } from '@anlan/ports';
import { onBothEngines, openRecords, SPEC_AT as AT, type Place } from './contract/records-on.js';
import type { Records } from './index.js';

const MINUTE = 60_000;

onBothEngines('people', (engine) => {
  let place: Place;
  let records: Records;
  beforeEach(async () => {
    place = await engine.place();
    records = await openRecords(place.dialect());
  });
  afterEach(async () => {
    await records.close();
    await place.drop();
  });

  describe('links', () => {
    const issue = (now = AT, level: 'red' | 'blue' = 'red', personId = 'p1') =>
      records.links.issue({ alarmId: 'a1', level, personId, personName: '值班一', now });
    const tokenOf = (address: string): string => address.slice(address.lastIndexOf('/') + 1);

    test('S-46: a token is 128 random bits and found only by itself', async () => {
      const address = await issue();
      expect(address).toMatch(/^https:\/\/city\.example\/a\/[A-Za-z0-9_-]{22}$/);
      expect(await records.links.find(tokenOf(address))).toMatchObject({
        alarmId: 'a1',
        level: 'red',
        personId: 'p1',
        viewUntil: AT + 72 * 60 * MINUTE,
        actUntil: AT + 30 * MINUTE,
        usedAt: null,
      });
      for (const miss of [
        '',
        'x',
        `${tokenOf(address)} `,
        tokenOf(address).toLowerCase() === tokenOf(address) ? 'y' : tokenOf(address).toLowerCase(),
      ])
        expect(await records.links.find(miss)).toBeUndefined();
    });

    test('the same recipient, alarm and level get the same link while it can act; another level or person gets another', async () => {
      const first = await issue();
      expect(await issue(AT + 29 * MINUTE)).toBe(first);
      const others = [await issue(AT, 'blue'), await issue(AT, 'red', 'p2')];
      const fresh = await issue(AT + 30 * MINUTE);
      expect(new Set([first, ...others, fresh]).size).toBe(4);
      expect(await records.links.find(tokenOf(first))).toMatchObject({ viewUntil: AT + 30 * MINUTE });
      expect(await records.links.find(tokenOf(others[0] ?? ''))).toMatchObject({ actUntil: AT + 24 * 60 * MINUTE });
    });

    test('the first use stands', async () => {
      const { id } = (await records.links.find(tokenOf(await issue()))) ?? { id: '' };
      expect([await records.links.use(id, AT + 1, 'first'), await records.links.use(id, AT + 2, 'second')]).toEqual(['first', 'first']);
      expect(await records.links.find(tokenOf(await issue()))).toMatchObject({ usedAt: AT + 1, usedResult: 'first' });
    });

    test('S-48: a copy of the records opens nothing, and an expired token is not even kept sealed', async () => {
      const token = tokenOf(await issue());
      const [row] = await place.run('select * from links');
      expect(JSON.stringify(row)).not.toContain(token);
      await issue(AT + 73 * 60 * MINUTE, 'blue');
      expect(await place.run('select count(*) as n from links where token_box is null')).toEqual([{ n: 1 }]);
    });

    test('a sealed token moved to another row, or changed, is not opened', async () => {
      await issue();
      await issue(AT, 'red', 'p2');
      await place.run(`update links set token_box = (select token_box from links where person_id = 'p2') where person_id = 'p1'`);
      await expect(issue()).rejects.toThrow();
    });
  });

  describe('accounts', () => {
    const user: User = {
      id: 'u1',
      username: 'Admin',
      name: '管理员',
      personId: null,
      roles: ['admin', 'auditor'],
      scope: { regionCodes: null },
      disabled: false,
      passwordHash: 'h',
      passwordSetAt: AT,
      mustChangePassword: true,
      createdAt: AT,
    };
    const session = (n: number): Session => ({
      id: `s${n}`,
      userId: 'u1',
      tokenHash: `t${n}`,
      createdAt: AT + n,
      expiresAt: AT + 99,
      lastSeenAt: AT,
      stepUpAt: AT,
      source: '127.0.0.1',
      client: 'x',
    });

    test('a user name is taken whatever its case, and users are read back as written', async () => {
      expect([
        await records.accounts.create(user),
        await records.accounts.create({ ...user, id: 'u2', username: 'ＡDMIN' }),
        await records.accounts.count(),
      ]).toEqual([true, false, 1]);
      expect([await records.accounts.byUsername('admin'), await records.accounts.byId('u1'), await records.accounts.byId('u2')]).toEqual([
        user,
        user,
        undefined,
      ]);
      await records.accounts.create({ ...user, id: 'u3', username: 'boss' });
      expect(await records.accounts.update('u1', { scope: { regionCodes: ['3401'] }, disabled: true, roles: ['analyst'] })).toBe('done');
      expect(await records.accounts.list()).toEqual([
        { ...user, scope: { regionCodes: ['3401'] }, disabled: true, roles: ['analyst'] },
        { ...user, id: 'u3', username: 'boss' },
      ]);
      expect(await records.accounts.update('u9', { name: 'x' })).toBe('unknown');
    });

    test('S-42: the last who can manage accounts stays, whatever order it is tried in', async () => {
      await records.accounts.create(user);
      await records.accounts.create({ ...user, id: 'u2', username: 'two' });
      await records.accounts.create({ ...user, id: 'u3', username: 'three', disabled: true });
      const go = (id: string) => records.accounts.update(id, id === 'u1' ? { disabled: true } : { roles: ['auditor'] });
      expect((await Promise.all([go('u1'), go('u2')])).sort()).toEqual(['done', 'last_administrator']);
      expect(await records.accounts.update('u1', { name: 'x', passwordHash: 'y' })).toBe('done');
    });

    test('the fourth session ends the oldest', async () => {
      for (const n of [1, 2, 3, 4]) await records.accounts.openSession(session(n), 3);
      expect(await Promise.all([1, 2, 3, 4].map(async (n) => (await records.accounts.sessionByTokenHash(`t${n}`))?.id))).toEqual([
        undefined,
        's2',
        's3',
        's4',
      ]);
      await records.accounts.touchSession('s4', { lastSeenAt: AT + 50, tokenHash: 't9' });
      expect(await records.accounts.sessionByTokenHash('t9')).toEqual({ ...session(4), lastSeenAt: AT + 50, tokenHash: 't9' });
      await records.accounts.endSession('s4');
      await records.accounts.endSessionsOf('u1');
      expect(await records.accounts.sessionByTokenHash('t2')).toBeUndefined();
    });

    test('S-24: tries are counted by account and source until they are proven, and old ones go', async () => {
      const limits = { lockFailures: 3, lockMs: 900_000, perMinute: 5 };
      const tries = async (name: string, source: string, at: number): Promise<string> =>
        records.accounts.tryLogin(name, source, AT + at, limits);
      expect([await tries('bob', 'a', 0), await tries('Bob', 'a', 1), await tries('ｂob', 'a', 2), await tries('bob', 'a', 3)]).toEqual([
        'go_on',
        'go_on',
        'go_on',
        'locked',
      ]);
      // The account is open elsewhere, and others from here, up to the limit of the source; a locked try is not counted.
      expect([await tries('bob', 'b', 4), await tries('eve', 'a', 5), await tries('adam', 'a', 6), await tries('ada', 'a', 7)]).toEqual([
        'go_on',
        'go_on',
        'go_on',
        'too_many',
      ]);
      expect([await tries('bob', 'a', 60_000), await tries('ada', 'a', 60_003)]).toEqual(['locked', 'go_on']);
      await records.accounts.clearFailures('BOB', 'a');
      expect(await tries('bob', 'a', 60_004)).toBe('go_on');
      expect([await tries('eve', 'a', 900_005), await tries('bob', 'a', 900_006)]).toEqual(['go_on', 'go_on']);
      await records.accounts.tryLogin('x'.repeat(10_000), '\ud800\u0000', AT + 86_400_000 + 900_007, limits);
      expect(await place.run('select count(*) as n from login_failures')).toEqual([{ n: 1 }]);
    });

    test('the first account is made only while there is none, whatever its name', async () => {
      expect([
        await records.accounts.createFirst(user),
        await records.accounts.createFirst({ ...user, id: 'u2', username: 'other' }),
      ]).toEqual([true, false]);
      expect(await records.accounts.list()).toEqual([user]);
    });
  });

  describe('audit', () => {
    const entry = (n: number): AuditEntry => ({
      at: AT + n,
      actor: { kind: 'user', id: 'u1' },
      source: '127.0.0.1',
      requestId: `r${n}`,
      action: 'login',
      objectKind: 'user',
      objectId: 'u1',
      regionCode: null,
      outcome: 'ok',
      reason: null,
      before: null,
      after: '{"a":1}',
    });

    test('S-40: rows are chained in the order of writing, newest first in pages', async () => {
      await Promise.all([1, 2, 3].map((n) => records.audit.write(entry(n))));
      const first = await records.audit.page(2);
      const second = await records.audit.page(2, first.nextCursor ?? '');
      expect([...first.items, ...second.items].map(({ n, requestId }) => `${n}${requestId}`)).toEqual(['3r3', '2r2', '1r1']);
      expect([second.nextCursor, await records.audit.verify()]).toEqual([null, null]);
      expect(first.items[0]?.prev).toBe(first.items[1]?.hash);
    });

    test.each([
      [`update audit set body = replace(body, 'login', 'logout') where n = 2`, 2],
      [`update audit set actor_id = 'u2' where n = 2`, 2],
      [`delete from audit where n = 1`, 1],
      [`delete from audit where n = 3`, 3],
      [`delete from audit`, 1],
      [`update audit set n = 4 where n = 3`, 3],
    ])('S-62: %s shows', async (statement, broken) => {
      for (const n of [1, 2, 3]) await records.audit.write(entry(n));
      await place.run(statement);
      expect(await records.audit.verify()).toBe(broken);
    });
  });

  describe('dead letters and device status', () => {
    const letter = (n: number, more: Partial<DeadLetter> = {}): DeadLetter => ({
      id: `l${n}`,
      deviceId: 'dev-1',
      receivedAt: AT + n,
      code: 'not_json',
      reason: 'why',
      payload: '{',
      topic: 't',
      ...more,
    });

    test('a letter is kept once, read newest first by device and code, retried once and expired by time', async () => {
      await records.deadLetters.put([letter(1), letter(2, { deviceId: 'dev-2' }), letter(3, { code: 'future', payload: 'a\u0000\ud800' })]);
      await records.deadLetters.put([letter(1, { reason: 'another' })]);
      const ids = async (filter: Parameters<Records['deadLetters']['page']>[0], limit = 9, cursor?: string) => {
        const page = await records.deadLetters.page(filter, limit, cursor);
        return [...page.items.map(({ id }) => id), page.nextCursor === null ? '.' : page.nextCursor];
      };
      expect([await ids({}), await ids({ deviceIds: ['dev-1'] }), await ids({ deviceIds: [] }), await ids({ code: 'future' })]).toEqual([
        ['l3', 'l2', 'l1', '.'],
        ['l3', 'l1', '.'],
        ['.'],
        ['l3', '.'],
      ]);
      const [, cursor] = await ids({}, 1);
      expect(await ids({}, 9, cursor)).toEqual(['l2', 'l1', '.']);
      expect(await records.deadLetters.get('l1')).toEqual({ ...letter(1), retriedAt: null, retryOutcome: null });
      expect((await records.deadLetters.get('l3'))?.payload).toBe('a\ufffd\ufffd');
      expect([
        await records.deadLetters.markRetried('l1', AT, 'accepted'),
        await records.deadLetters.markRetried('l1', AT, 'again'),
        await records.deadLetters.markRetried('none', AT, 'x'),
      ]).toEqual([true, false, false]);
      expect([await records.deadLetters.expire(AT + 3), await ids({})]).toEqual([2, ['l3', '.']]);
    });

    const [A, B] = [AT - 20, AT - 10];
    const word = (online: boolean, at: number, connectedAt: number | null, by = A) => ({
      deviceId: 'dev-1',
      lastMessageAt: null,
      said: { online, since: at, at, by, connectedAt },
    });
    const stands = async () => (await records.deviceStatus.all()).map(({ online, since }) => [online, since]);

    test('V1: an earlier word never replaces a later one; of one moment, the process that began later is right', async () => {
      const { save } = records.deviceStatus;
      await save([]);
      await save([word(true, 10, 10), word(false, 20, 10)]);
      expect(await stands()).toEqual([[false, 20]]);
      await save([word(true, 15, 15, B)]);
      expect(await stands()).toEqual([[false, 20]]);
      await save([word(true, 20, 20, B)]);
      expect(await stands()).toEqual([[true, 20]]);
      await save([word(false, 20, null, A)]);
      expect(await stands()).toEqual([[true, 20]]);
      await save([word(false, 21, null, A)]);
      expect(await stands()).toEqual([[false, 21]]);
    });

    test('V2: the end of an old connection, seen late, does not undo the new one elsewhere', async () => {
      const { save } = records.deviceStatus;
      await save([word(true, 10, 10, A)]);
      await save([word(true, 50, 50, B)]);
      await save([word(false, 80, 10, A)]);
      expect(await stands()).toEqual([[true, 50]]);
      await save([word(false, 90, 50, B)]);
      expect(await stands()).toEqual([[false, 90]]);
      // A process that only holds to its old word later is believed: the other one would have said so, too.
      await save([word(true, 95, 10, A)]);
      expect(await stands()).toEqual([[true, 95]]);
    });

    test('V3: being heard says nothing about the connection, and the time of the last message only grows', async () => {
      const { save, all } = records.deviceStatus;
      await save([{ deviceId: 'dev-0', lastMessageAt: 4 }]);
      await save([word(true, 3, 3)]);
      await save([{ deviceId: 'dev-1', lastMessageAt: 9 }]);
      await save([
        { deviceId: 'dev-1', lastMessageAt: 8 },
        { ...word(false, 1, 1), deviceId: 'dev-0', lastMessageAt: 5 },
      ]);
      expect(await all()).toEqual([
        { deviceId: 'dev-0', online: false, since: 1, lastMessageAt: 5 },
        { deviceId: 'dev-1', online: true, since: 3, lastMessageAt: 9 },
      ]);
    });

    test('connections of a process that is gone lapse; words about none, and connections that were confirmed, stay', async () => {
      const { save, lapse, all } = records.deviceStatus;
      const of = (deviceId: string, at: number, connectedAt: number | null) => ({ ...word(true, at, connectedAt), deviceId });
      await save([of('gone', 10, 10), of('held', 80, 10), of('broker', 10, null)]);
      expect(await lapse(100, 50)).toBe(1);
      expect((await all()).map(({ deviceId, online, since }) => [deviceId, online, since])).toEqual([
        ['broker', true, 10],
        ['gone', false, 100],
        ['held', true, 80],
      ]);
      expect(await lapse(200)).toBe(2);
    });
  });
});
