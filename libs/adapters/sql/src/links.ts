/**
 * Links that open one alarm without a login.
 *
 * S-48  A token is found by its HMAC and kept sealed only until it expires: a copy of the records opens nothing.
 * A person who is told twice about the same alarm and level gets the same link while one may still act by it; a new link ends the old one.
 */
import { randomUUID } from 'node:crypto';
import { rankOf, type AlarmLevel, type Millis } from '@anlan/contracts';
import type { Link, Links } from '@anlan/ports';
import { newToken, type Keyring } from './keys.js';
import type { SqlDatabase, SqlTx } from './sql-database.js';
import type { LinksTable } from './tables.js';

export type LinksDeps = Readonly<{ database: SqlDatabase; keys: Keyring; /** Without a slash at the end. */ publicUrl: string }>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** `security.md` 4: view 72 h at most; act 30 min for red, 24 h for the others. */
const VIEW_MS = 72 * HOUR_MS;
const ACT_MS = { red: 30 * MINUTE_MS, orange: 24 * HOUR_MS, yellow: 24 * HOUR_MS, blue: 24 * HOUR_MS } as const satisfies Record<
  AlarmLevel,
  Millis
>;

type Issue = Parameters<Links['issue']>[0];

export function sqlLinks({ database, keys, publicUrl }: LinksDeps): Links {
  const address = (token: string): string => `${publicUrl.replace(/\/+$/, '')}/a/${token}`;
  return {
    async issue(input) {
      await forgetExpired(database, input.now);
      return database.exclusive({ name: 'links', key: `${input.alarmId} ${input.level} ${input.personId}` }, async (tx) => {
        return address((await standingToken(tx, keys, input)) ?? (await makeToken(tx, keys, input)));
      });
    },
    async find(token) {
      const row = await database.db.selectFrom('links').selectAll().where('token_hmac', 'in', keys.linkHmacs(token)).executeTakeFirst();
      return row && linkOf(row);
    },
    use: (id, now, result) =>
      database.transact(async (tx) => {
        await tx
          .updateTable('links')
          .set({ used_at: now, used_result: result })
          .where('id', '=', id)
          .where('used_at', 'is', null)
          .execute();
        const row = await tx.selectFrom('links').select('used_result').where('id', '=', id).executeTakeFirst();
        return row?.used_result ?? result;
      }),
  };
}

/** On its own, so that it never makes a link wait for the links of others. */
async function forgetExpired({ transact }: SqlDatabase, now: Millis): Promise<void> {
  await transact((tx) =>
    tx.updateTable('links').set({ token_box: null }).where('view_until', '<', now).where('token_box', 'is not', null).execute(),
  );
}

async function standingToken(tx: SqlTx, keys: Keyring, { alarmId, level, personId, now }: Issue): Promise<string | undefined> {
  const same = tx
    .selectFrom('links')
    .select(['id', 'token_box'])
    .where('alarm_id', '=', alarmId)
    .where('level', '=', level)
    .where('person_id', '=', personId);
  const row = await same
    .where('act_until', '>', now)
    .where('token_box', 'is not', null)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.token_box ? keys.open(row.token_box, `token ${row.id}`) : undefined;
}

async function makeToken(tx: SqlTx, keys: Keyring, { alarmId, level, personId, personName, now }: Issue): Promise<string> {
  const ended = { view_until: now, act_until: now, token_box: null };
  await tx
    .updateTable('links')
    .set(ended)
    .where('alarm_id', '=', alarmId)
    .where('level', '=', level)
    .where('person_id', '=', personId)
    .where('view_until', '>', now)
    .execute();
  const id = randomUUID();
  const token = newToken();
  const [hmac] = keys.linkHmacs(token);
  if (hmac === undefined) throw new Error('a keyring without keys');
  const life = { created_at: now, view_until: now + VIEW_MS, act_until: now + ACT_MS[level] };
  const row: LinksTable = {
    id,
    token_hmac: hmac,
    token_box: keys.seal(token, `token ${id}`),
    alarm_id: alarmId,
    level,
    person_id: personId,
    person_name: personName,
    ...life,
    used_at: null,
    used_result: null,
  };
  await tx.insertInto('links').values(row).execute();
  return token;
}

function linkOf(row: LinksTable): Link {
  return {
    id: row.id,
    alarmId: row.alarm_id,
    level: levelOf(row.level),
    personId: row.person_id,
    personName: row.person_name,
    createdAt: row.created_at,
    viewUntil: row.view_until,
    actUntil: row.act_until,
    usedAt: row.used_at,
    usedResult: row.used_result,
  };
}

function levelOf(text: string): AlarmLevel {
  if (rankOf(text as AlarmLevel) > 0) return text as AlarmLevel;
  throw new Error(`not a level: ${text}`);
}
