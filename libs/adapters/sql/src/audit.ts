/**
 * The audit trail: appended, never changed, each row chained to the one before it.
 * The number of rows is kept beside them, so that a missing tail shows as well (against those who do not change that too).
 */
import { canonicalJson } from '@anlan/contracts';
import type { Audit, AuditEntry, AuditRow } from '@anlan/ports';
import { sql } from 'kysely';
import { chainHash } from './chain.js';
import { cursorOf, pageOf, readCursor } from './cursor.js';
import type { SqlDatabase } from './sql-database.js';
import type { AuditTable } from './tables.js';

const CHAIN = 'audit';
const COUNTER = 'audit';
const VERIFY_PAGE = 2_000;

export function sqlAudit({ db, exclusive }: SqlDatabase): Audit {
  return {
    write: (entry) =>
      exclusive({ name: 'audit' }, async (tx) => {
        const { value: n } = await tx
          .updateTable('counters')
          .set({ value: sql<number>`value + 1` })
          .where('name', '=', COUNTER)
          .returning('value')
          .executeTakeFirstOrThrow();
        const last = await tx.selectFrom('audit').select('hash').orderBy('n', 'desc').limit(1).executeTakeFirst();
        const prev = last?.hash ?? '';
        const body = canonicalJson(entry);
        const columns = {
          at: entry.at,
          action: entry.action,
          object_kind: entry.objectKind,
          object_id: entry.objectId,
          actor_id: entry.actor.id,
          outcome: entry.outcome,
        };
        await tx
          .insertInto('audit')
          .values({ n, ...columns, body, prev, hash: chainHash(CHAIN, n, prev, body) })
          .execute();
      }),
    async page(limit, cursor) {
      const all = db.selectFrom('audit').selectAll();
      const from = cursor === undefined ? all : all.where('n', '<', Number(readCursor(cursor, CHAIN, ['number'])[0]));
      const page = pageOf(
        await from
          .orderBy('n', 'desc')
          .limit(limit + 1)
          .execute(),
        limit,
        (last) => cursorOf(CHAIN, [last.n]),
      );
      return { items: page.rows.map(rowOf), nextCursor: page.nextCursor };
    },
    async verify() {
      let prev = '';
      let n = 0;
      for (;;) {
        const rows = await db.selectFrom('audit').selectAll().where('n', '>', n).orderBy('n').limit(VERIFY_PAGE).execute();
        for (const row of rows) {
          if (row.n !== n + 1 || !isIntact(row, prev)) return n + 1;
          ({ n, hash: prev } = row);
        }
        if (rows.length < VERIFY_PAGE) break;
      }
      // Read after the rows: what was written meanwhile is behind `n` and neither checked nor missed.
      const beyond = await db.selectFrom('audit').select('n').where('n', '>', n).limit(1).executeTakeFirst();
      const { value } = await db.selectFrom('counters').select('value').where('name', '=', COUNTER).executeTakeFirstOrThrow();
      return value === n || beyond !== undefined ? null : n + 1;
    },
  };
}

function isIntact(row: AuditTable, prev: string): boolean {
  if (row.prev !== prev || row.hash !== chainHash(CHAIN, row.n, prev, row.body)) return false;
  const { at, action, objectKind, objectId, actor, outcome } = rowOf(row);
  return (
    at === row.at &&
    action === row.action &&
    objectKind === row.object_kind &&
    objectId === row.object_id &&
    actor.id === row.actor_id &&
    outcome === row.outcome
  );
}

function rowOf(row: AuditTable): AuditRow {
  return { ...(JSON.parse(row.body) as AuditEntry), n: row.n, prev: row.prev, hash: row.hash };
}
