import { canonicalJson, type Millis, type PlainEntity } from '@anlan/contracts';
import type { RuleChange, RuleChangeState } from '@anlan/ports';
import { sha256Hex } from '../keys.js';
import type { SqlDatabase, SqlTx } from '../sql-database.js';
import type { RuleChangesTable } from '../tables.js';
import { cursorOf, pageOf, readCursor } from '../cursor.js';
import type { HeldEntry } from './held-changes.js';

/** A change that nobody decided about is no longer meant. */
export const CHANGE_LIVES_MS: Millis = 7 * 86_400_000;
const SORT = 'rule-changes';

export type Asked = Readonly<{
  entry: HeldEntry;
  /** Null: the rule is to go. */ body: PlainEntity | null;
  before: PlainEntity;
  author: string;
  reason: string | null;
  now: Millis;
}>;

/** Keeps a change that waits and supersedes any other of the same entity. Asking the same again while it waits changes nothing. */
export async function keepChange(tx: SqlTx, { entry, body, before, author, reason, now }: Asked): Promise<string> {
  const text = body && canonicalJson(body);
  const standing = await tx
    .selectFrom('rule_changes')
    .selectAll()
    .where('kind', '=', entry.kind)
    .where('entity_id', '=', entry.id)
    .where('state', '=', 'pending')
    .executeTakeFirst();
  if (standing?.body === text && standing.expires_at > now) return standing.id;
  await supersede(tx, entry.kind, [entry.id], now);
  const id = sha256Hex(canonicalJson([entry.kind, entry.id, text, author, now])).slice(0, 32);
  const row: RuleChangesTable = {
    id,
    kind: entry.kind,
    entity_id: entry.id,
    weakens: JSON.stringify(entry.weakens),
    body: text,
    before_body: canonicalJson(before),
    author,
    reason,
    created_at: now,
    expires_at: now + CHANGE_LIVES_MS,
    state: 'pending',
    decided_by: null,
    decided_at: null,
    comment: null,
  };
  await tx.insertInto('rule_changes').values(row).execute();
  return id;
}

/** What these entities were to become is no longer what was asked about. */
export async function supersede(tx: SqlTx, kind: HeldEntry['kind'], ids: readonly string[], now: Millis): Promise<void> {
  if (ids.length === 0) return;
  const waiting = await tx.selectFrom('rule_changes').select('entity_id').where('kind', '=', kind).where('state', '=', 'pending').execute();
  const gone = new Set(ids);
  for (const { entity_id } of waiting.filter((row) => gone.has(row.entity_id)))
    await tx
      .updateTable('rule_changes')
      .set({ state: 'superseded', decided_at: now })
      .where('kind', '=', kind)
      .where('entity_id', '=', entity_id)
      .where('state', '=', 'pending')
      .execute();
}

export async function closeChange(
  tx: SqlTx,
  id: string,
  decided: Readonly<{ state: 'approved' | 'rejected'; by: string; now: Millis; comment: string | null }>,
): Promise<void> {
  const { state, by, now, comment } = decided;
  await tx.updateTable('rule_changes').set({ state, decided_by: by, decided_at: now, comment }).where('id', '=', id).execute();
}

export async function findChange(db: SqlDatabase['db'] | SqlTx, id: string, now: Millis): Promise<RuleChange | undefined> {
  const row = await db.selectFrom('rule_changes').selectAll().where('id', '=', id).executeTakeFirst();
  return row && changeOf(row, now);
}

export async function changePage(
  db: SqlDatabase['db'],
  now: Millis,
  { state, limit, cursor }: Readonly<{ state?: RuleChangeState; limit: number; cursor?: string }>,
): Promise<Readonly<{ items: readonly RuleChange[]; nextCursor: string | null }>> {
  let query = db.selectFrom('rule_changes').selectAll();
  // An expired change is one that still says pending.
  if (state !== undefined) query = query.where('state', '=', state === 'expired' ? 'pending' : state);
  if (state === 'pending') query = query.where('expires_at', '>', now);
  if (state === 'expired') query = query.where('expires_at', '<=', now);
  if (cursor !== undefined) {
    const [createdAt, id] = readCursor(cursor, SORT, ['number', 'string']) as readonly [number, string];
    query = query.where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(createdAt, id)));
  }
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageOf(rows, limit, (last) => cursorOf(SORT, [last.created_at, last.id]));
  return { items: page.rows.map((row) => changeOf(row, now)), nextCursor: page.nextCursor };
}

function changeOf(row: RuleChangesTable, now: Millis): RuleChange {
  return {
    id: row.id,
    kind: row.kind,
    entityId: row.entity_id,
    weakens: JSON.parse(row.weakens) as RuleChange['weakens'],
    body: row.body === null ? null : (JSON.parse(row.body) as PlainEntity),
    before: JSON.parse(row.before_body) as PlainEntity,
    author: row.author,
    reason: row.reason,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    state: row.state === 'pending' && row.expires_at <= now ? 'expired' : row.state,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    comment: row.comment,
  };
}
