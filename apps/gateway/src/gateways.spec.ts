/** Several gateways over one PostgreSQL: each has connections and memory of its own, as a process has. */
import { randomBytes } from 'node:crypto';
import { postgresDialect } from '@anlan/adapter-postgres';
import { sqlRecords, type Records } from '@anlan/adapter-sql';
import { describeWith } from '@anlan/testing';
import { CompiledQuery, Kysely } from 'kysely';
import { passwords } from './auth/passwords.js';
import { PASSWORD, START, makeWorld, type World } from './contract/world.js';
import { ensureAdministrator } from './index.js';

const GATEWAYS = 3;
const LOG2N = 4;

describeWith('postgres', 'gateways beside each other', (url) => {
  const schema = `spec_${randomBytes(8).toString('hex')}`;
  const opened: Records[] = [];
  let worlds: World[] = [];
  const run = async (statement: string): Promise<void> => {
    const db = new Kysely<Record<string, never>>({ dialect: postgresDialect({ url, poolSize: 1 }) });
    await db.executeQuery(CompiledQuery.raw(statement));
    await db.destroy();
  };

  beforeEach(async () => {
    await run(`create schema ${schema}`);
    for (let n = 0; n < GATEWAYS; n += 1)
      opened.push(
        await sqlRecords({
          dialect: postgresDialect({ url, schema, poolSize: 4 }),
          keys: { current: 'k', peppers: new Map([['k', new Uint8Array(32).fill(7)]]) },
          catalogue: new Map(),
          publicUrl: 'http://127.0.0.1',
          clock: { now: () => START },
          onFatal: (error) => {
            throw error;
          },
        }),
      );
  }, 30_000);
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
    for (const records of opened.splice(0)) await records.close();
    await run(`drop schema ${schema} cascade`);
  });
  const startAll = async (): Promise<void> => {
    worlds = await Promise.all(opened.map(({ accounts }) => makeWorld({ deps: { accounts } })));
  };

  test('of gateways that begin at once one makes the first administrator, and only its password is told', async () => {
    await startAll();
    const made = await Promise.all(
      worlds.map(({ deps, clock }) => ensureAdministrator({ accounts: deps.accounts, clock, scryptLog2N: LOG2N }, null)),
    );
    expect(made.map(({ kind }) => kind).sort()).toEqual(['made', 'there', 'there']);
    const [told] = made.flatMap((one) => (one.kind === 'made' ? [one.printed ?? ''] : []));
    expect(await opened[0]!.accounts.list()).toMatchObject([{ username: 'admin', mustChangePassword: true }]);
    expect(await Promise.all(worlds.map(async ({ login }) => (await login('admin', told)).status))).toEqual([200, 200, 200]);
  }, 30_000);

  test('S-24: five failures lock, whichever gateways they were tried at; fifteen minutes later it is open again', async () => {
    await startAll();
    await opened[0]!.accounts.create({
      id: 'u-boss',
      username: 'boss',
      name: 'boss',
      personId: null,
      roles: ['admin'],
      scope: { regionCodes: null },
      disabled: false,
      passwordHash: await passwords(LOG2N).hash(PASSWORD),
      passwordSetAt: START,
      mustChangePassword: false,
      createdAt: START,
    });
    const wrong = await Promise.all(
      worlds.flatMap(({ login }) => Array.from({ length: 6 }, async () => (await login('boss', 'wrong password')).status)),
    );
    expect(wrong.filter((status) => status === 401)).toHaveLength(5);
    expect(wrong.filter((status) => status === 429)).toHaveLength(13);
    const right = async (from?: string): Promise<readonly number[]> =>
      Promise.all(worlds.map(async ({ login }) => (await login('boss', PASSWORD, from)).status));
    expect(await right()).toEqual([429, 429, 429]);
    expect(await right('127.0.0.2')).toEqual([200, 200, 200]);
    for (const { clock } of worlds) clock.jumpWall(15 * 60_000 + 1);
    expect(await right()).toEqual([200, 200, 200]);
  }, 30_000);

  test('S-24: one source tries many accounts at many gateways: thirty a minute in all', async () => {
    worlds = await Promise.all(opened.map(({ accounts }) => makeWorld({ deps: { accounts }, limits: { loginsPerMinute: 30 } })));
    const tried = await Promise.all(
      worlds.flatMap(({ login }, gateway) =>
        Array.from({ length: 15 }, async (_, n) => (await login(`nobody-${gateway}-${n}`, 'wrong password')).status),
      ),
    );
    expect(tried.filter((status) => status === 401)).toHaveLength(30);
    expect(tried.filter((status) => status === 429)).toHaveLength(15);
  }, 30_000);
});
