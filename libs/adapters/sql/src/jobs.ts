import type { JobStore, StoredJob } from '@anlan/ports';
import type { SqlDatabase } from './sql-database.js';
import type { JobsTable } from './tables.js';

/** Jobs that people ordered, and what came of them. */
export function sqlJobs({ db }: SqlDatabase): JobStore {
  return {
    async put({ id, by, isOpen, seenAt, body }) {
      const row: JobsTable = { id, ordered_by: by, open: isOpen ? 1 : 0, seen_at: seenAt, body };
      await db
        .insertInto('jobs')
        .values(row)
        // J1: a late word about a closed job changes nothing.
        .onConflict((same) => same.column('id').doUpdateSet({ open: row.open, seen_at: seenAt, body }).where('jobs.open', '=', 1))
        .execute();
    },
    async get(id) {
      const row = await db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
      return row && jobOf(row);
    },
    async open(since) {
      const rows = await db.selectFrom('jobs').selectAll().where('open', '=', 1).where('seen_at', '>=', since).orderBy('id').execute();
      return rows.map(jobOf);
    },
    async forget(before, keep) {
      await db.deleteFrom('jobs').where('seen_at', '<', before).execute();
      const [last] = await db
        .selectFrom('jobs')
        .select('seen_at')
        .where('open', '=', 0)
        .orderBy('seen_at', 'desc')
        .offset(keep)
        .limit(1)
        .execute();
      if (last) await db.deleteFrom('jobs').where('open', '=', 0).where('seen_at', '<=', last.seen_at).execute();
    },
  };
}

function jobOf({ id, ordered_by: by, open, seen_at: seenAt, body }: JobsTable): StoredJob {
  return { id, by, isOpen: open === 1, seenAt, body };
}
