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
      expect(await records.accounts.update('u1', { scope: { regionCodes: ['3401'] }, disabled: true, roles: ['analyst'] })).toBe(true);
      expect(await records.accounts.list()).toEqual([{ ...user, scope: { regionCodes: ['3401'] }, disabled: true, roles: ['analyst'] }]);
      expect(await records.accounts.update('u9', { name: 'x' })).toBe(false);
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

    test('failed logins are counted by account and source, and old ones go', async () => {
      for (const [name, source, at] of [
        ['bob', 'a', 0],
        ['Bob', 'a', 1],
        ['bob', 'b', 2],
        ['eve', 'a', 3],
      ] as const)
        await records.accounts.recordFailure(name, source, AT + at);
      const { failures } = records.accounts;
      expect([
        await failures(AT, { username: 'bob' }),
        await failures(AT, { source: 'a' }),
        await failures(AT, { username: 'bob', source: 'a' }),
        await failures(AT + 2, {}),
      ]).toEqual([3, 3, 2, 2]);
      await records.accounts.clearFailures('BOB', 'a');
      expect(await failures(AT, { username: 'bob' })).toBe(1);
      await records.accounts.recordFailure('x'.repeat(10_000), '\ud800\u0000', AT + 86_400_000 + 10);
      expect(await failures(0, {})).toBe(1);
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

    test('the last word on a device counts', async () => {
      const status = (online: boolean, since: number) => ({ deviceId: 'dev-1', online, since, lastMessageAt: null });
      await records.deviceStatus.save([]);
      await records.deviceStatus.save([status(true, 1), status(false, 2)]);
      await records.deviceStatus.save([{ deviceId: 'dev-0', online: true, since: 3, lastMessageAt: 4 }]);
      expect(await records.deviceStatus.all()).toEqual([{ deviceId: 'dev-0', online: true, since: 3, lastMessageAt: 4 }, status(false, 2)]);
    });
  });
});
