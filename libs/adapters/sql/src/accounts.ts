import { ROLES, type Accounts, type Role, type Session, type User } from '@anlan/ports';
import { loginFailures } from './login-failures.js';
import type { SqlDatabase } from './sql-database.js';
import type { SessionsTable, UsersTable } from './tables.js';

type UserChange = Parameters<Accounts['update']>[1];

export function sqlAccounts(database: SqlDatabase): Accounts {
  const { db, exclusive } = database;
  const userBy = async (column: 'id' | 'username_key', value: string): Promise<User | undefined> => {
    const row = await db.selectFrom('users').selectAll().where(column, '=', value).executeTakeFirst();
    return row && userOf(row);
  };
  return {
    async count() {
      return Number(
        (
          await db
            .selectFrom('users')
            .select(({ fn }) => fn.countAll().as('n'))
            .executeTakeFirstOrThrow()
        ).n,
      );
    },
    byUsername: (username) => userBy('username_key', keyOf(username)),
    byId: (id) => userBy('id', id),
    async list() {
      return (await db.selectFrom('users').selectAll().orderBy('username_key').execute()).map(userOf);
    },
    create: (user) => insert(db, user),
    createFirst: (user) =>
      exclusive({ name: 'accounts' }, async (tx) => {
        const other = await tx.selectFrom('users').select('id').limit(1).executeTakeFirst();
        return other === undefined && insert(tx, user);
      }),
    update: (id, change) =>
      exclusive({ name: 'accounts' }, async (tx) => {
        const row = await tx.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
        if (!row) return 'unknown';
        const before = userOf(row);
        const changed: User = { ...before, ...definedOf(change) };
        if (administers(before) && !administers(changed)) {
          const others = await tx.selectFrom('users').selectAll().where('id', '!=', id).where('disabled', '=', 0).execute();
          if (!others.map(userOf).some(administers)) return 'last_administrator';
        }
        await tx.updateTable('users').set(userRow(changed)).where('id', '=', id).execute();
        return 'done';
      }),
    openSession: (session, maxPerUser) =>
      exclusive({ name: 'accounts', key: session.userId }, async (tx) => {
        await tx.insertInto('sessions').values(sessionRow(session)).execute();
        const own = await tx
          .selectFrom('sessions')
          .select('id')
          .where('user_id', '=', session.userId)
          .where('id', '!=', session.id)
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .execute();
        const beyond = own.slice(Math.max(0, maxPerUser - 1)).map(({ id }) => id);
        if (beyond.length > 0) await tx.deleteFrom('sessions').where('id', 'in', beyond).execute();
      }),
    async sessionByTokenHash(tokenHash) {
      const row = await db.selectFrom('sessions').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst();
      return row && sessionOf(row);
    },
    async touchSession(id, change) {
      const { lastSeenAt, stepUpAt, expiresAt, tokenHash } = change;
      const set = {
        ...(lastSeenAt !== undefined && { last_seen_at: lastSeenAt }),
        ...(stepUpAt !== undefined && { step_up_at: stepUpAt }),
        ...(expiresAt !== undefined && { expires_at: expiresAt }),
        ...(tokenHash !== undefined && { token_hash: tokenHash }),
      };
      if (Object.keys(set).length > 0) await db.updateTable('sessions').set(set).where('id', '=', id).execute();
    },
    async endSession(id) {
      await db.deleteFrom('sessions').where('id', '=', id).execute();
    },
    async endSessionsOf(userId) {
      await db.deleteFrom('sessions').where('user_id', '=', userId).execute();
    },
    ...loginFailures(database, keyOf),
  };
}

async function insert(db: SqlDatabase['db'], user: User): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('users')
    .values(userRow(user))
    .onConflict((on) => on.column('username_key').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Names that look the same are the same account: compatibility form, lower case. */
function keyOf(username: string): string {
  return username.normalize('NFKC').toLowerCase();
}

function administers({ roles, disabled }: User): boolean {
  return !disabled && roles.includes('admin');
}

function definedOf(change: UserChange): UserChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function userRow(user: User): UsersTable {
  return {
    id: user.id,
    username: user.username,
    username_key: keyOf(user.username),
    name: user.name,
    person_id: user.personId,
    roles: JSON.stringify(user.roles),
    region_codes: user.scope.regionCodes && JSON.stringify(user.scope.regionCodes),
    disabled: user.disabled ? 1 : 0,
    password_hash: user.passwordHash,
    password_set_at: user.passwordSetAt,
    must_change_password: user.mustChangePassword ? 1 : 0,
    created_at: user.createdAt,
  };
}

function userOf(row: UsersTable): User {
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    personId: row.person_id,
    roles: (JSON.parse(row.roles) as string[]).filter(isRole),
    scope: { regionCodes: row.region_codes === null ? null : (JSON.parse(row.region_codes) as string[]) },
    disabled: row.disabled !== 0,
    passwordHash: row.password_hash,
    passwordSetAt: row.password_set_at,
    mustChangePassword: row.must_change_password !== 0,
    createdAt: row.created_at,
  };
}

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

function sessionRow(session: Session): SessionsTable {
  return {
    id: session.id,
    user_id: session.userId,
    token_hash: session.tokenHash,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    last_seen_at: session.lastSeenAt,
    step_up_at: session.stepUpAt,
    source: session.source,
    client: session.client,
  };
}

function sessionOf(row: SessionsTable): Session {
  return {
    id: row.id,
    userId: row.user_id,
    tokenHash: row.token_hash,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastSeenAt: row.last_seen_at,
    stepUpAt: row.step_up_at,
    source: row.source,
    client: row.client,
  };
}
