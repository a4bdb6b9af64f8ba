import type { DeadLetterCode } from '@anlan/contracts';
import type { DeadLetterStore, StoredDeadLetter } from '@anlan/ports';
import { cursorOf, pageOf, readCursor } from './cursor.js';
import { chunks, type SqlDatabase } from './sql-database.js';
import type { DeadLettersTable } from './tables.js';

const ROWS_A_STATEMENT = 500;
/** So that a long backlog never makes one statement that runs out of time. */
const ROWS_A_DELETE = 5_000;

/** Dead letters for people to read and retry. Writing a letter again changes nothing. */
export function sqlDeadLetters({ db, transact }: SqlDatabase): DeadLetterStore {
  return {
    async put(letters) {
      if (letters.length === 0) return;
      const rows = letters.map((letter): DeadLettersTable => ({
        id: letter.id,
        device_id: letter.deviceId,
        received_at: letter.receivedAt,
        code: letter.code,
        reason: storable(letter.reason),
        payload: storable(letter.payload),
        topic: storable(letter.topic),
        retried_at: null,
        retry_outcome: null,
      }));
      await transact(async (tx) => {
        for (const some of chunks(rows, ROWS_A_STATEMENT))
          await tx
            .insertInto('dead_letters')
            .values(some)
            .onConflict((on) => on.column('id').doNothing())
            .execute();
      });
    },
    async page({ deviceIds, code }, limit, cursor) {
      let query = db.selectFrom('dead_letters').selectAll();
      if (deviceIds) query = query.where('device_id', 'in', deviceIds.length > 0 ? deviceIds : ['']);
      if (code !== undefined) query = query.where('code', '=', code);
      if (cursor !== undefined) {
        const [receivedAt, id] = readCursor(cursor, 'dead', ['number', 'string']) as readonly [number, string];
        query = query.where((is) => is(is.refTuple('received_at', 'id'), '<', is.tuple(receivedAt, id)));
      }
      const rows = await query
        .orderBy('received_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const page = pageOf(rows, limit, (last) => cursorOf('dead', [last.received_at, last.id]));
      return { items: page.rows.map(letterOf), nextCursor: page.nextCursor };
    },
    async get(id) {
      const row = await db.selectFrom('dead_letters').selectAll().where('id', '=', id).executeTakeFirst();
      return row && letterOf(row);
    },
    async markRetried(id, at, outcome) {
      const { numUpdatedRows } = await db
        .updateTable('dead_letters')
        .set({ retried_at: at, retry_outcome: outcome })
        .where('id', '=', id)
        .where('retried_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async expire(before) {
      let total = 0;
      for (;;) {
        const some = db.selectFrom('dead_letters').select('id').where('received_at', '<', before).limit(ROWS_A_DELETE);
        const { numDeletedRows } = await db.deleteFrom('dead_letters').where('id', 'in', some).executeTakeFirst();
        total += Number(numDeletedRows);
        if (numDeletedRows < ROWS_A_DELETE) return total;
      }
    },
  };
}

/** What devices send may hold NUL and halves of characters, which no text column keeps. */
function storable(text: string): string {
  return text.replace(/[\p{Surrogate}\0]/gu, '\ufffd');
}

function letterOf(row: DeadLettersTable): StoredDeadLetter {
  return {
    id: row.id,
    deviceId: row.device_id,
    receivedAt: row.received_at,
    code: row.code as DeadLetterCode,
    reason: row.reason,
    payload: row.payload,
    topic: row.topic,
    retriedAt: row.retried_at,
    retryOutcome: row.retry_outcome,
  };
}
