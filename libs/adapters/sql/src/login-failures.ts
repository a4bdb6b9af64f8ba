import type { Accounts } from '@anlan/ports';
import type { SqlDatabase, SqlTx } from './sql-database.js';

/** Failures older than a day no longer lock anybody; keeping them would only grow a table that strangers can write to. */
const KEPT_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Longest user name and source that is kept of a failed login. */
const TEXT = 128;

/** Failed logins, counted over all processes. `keyOf`: under which name an account is known. */
export function loginFailures(
  { db, exclusive }: SqlDatabase,
  keyOf: (username: string) => string,
): Pick<Accounts, 'tryLogin' | 'clearFailures'> {
  const nameOf = (username: string): string => textOf(keyOf(username));
  return {
    tryLogin: (username, from, at, { lockFailures, lockMs, perMinute }) => {
      const [name, source] = [nameOf(username), textOf(from)];
      return exclusive({ name: 'accounts', key: `login ${source}` }, async (tx) => {
        await tx
          .deleteFrom('login_failures')
          .where('at', '<', at - KEPT_MS)
          .execute();
        if ((await countOf(tx, at - lockMs, { name, source })) >= lockFailures) return 'locked';
        if ((await countOf(tx, at - MINUTE_MS, { source })) >= perMinute) return 'too_many';
        await tx.insertInto('login_failures').values({ username_key: name, source, at }).execute();
        return 'go_on';
      });
    },
    async clearFailures(username, source) {
      await db.deleteFrom('login_failures').where('username_key', '=', nameOf(username)).where('source', '=', textOf(source)).execute();
    },
  };
}

/** Failures of a source, of one account or of all. */
async function countOf(tx: SqlTx, since: number, { name, source }: Readonly<{ name?: string; source: string }>): Promise<number> {
  const ofSource = tx
    .selectFrom('login_failures')
    .select(({ fn }) => fn.countAll().as('n'))
    .where('at', '>=', since)
    .where('source', '=', source);
  const query = name === undefined ? ofSource : ofSource.where('username_key', '=', name);
  return Number((await query.executeTakeFirstOrThrow()).n);
}

function textOf(text: string): string {
  return text.replace(/[\p{Surrogate}\0]/gu, '\ufffd').slice(0, TEXT);
}
