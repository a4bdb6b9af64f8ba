import type { DeviceStatusStore, DeviceWord } from '@anlan/ports';
import { sql } from 'kysely';
import { chunks, type SqlDatabase, type SqlTx } from './sql-database.js';
import type { DeviceStatusTable } from './tables.js';

const ROWS_A_STATEMENT = 500;

/** V1, V2: does what comes stand over what stands. */
const WINS = sql<boolean>`(excluded.said_at, excluded.said_by) >= (device_status.said_at, device_status.said_by)
  and not (excluded.online = 0 and device_status.online = 1 and coalesce(excluded.connected_at < device_status.connected_at, false))`;
/** V3. */
const LATER = sql<boolean>`excluded.last_message_at > coalesce(device_status.last_message_at, 0)`;

/** Who is online, so that a restart does not forget since when. */
export function sqlDeviceStatus({ db, transact }: SqlDatabase): DeviceStatusStore {
  return {
    async save(words) {
      // One row a device: a statement may not touch the same row twice, and the last word counts. In the order of their ids,
      // so that two processes that write at once wait for each other instead of blocking each other.
      const newest = [...new Map(words.map((word) => [word.deviceId, word])).values()].sort(byDevice);
      if (newest.length === 0) return;
      await transact(async (tx) => {
        for (const some of chunks(newest, ROWS_A_STATEMENT)) {
          await saySome(tx, some.flatMap(saidRow));
          await hearSome(tx, some.flatMap(heardRow));
        }
      });
    },
    async lapse(now, heldBefore) {
      const online = db.updateTable('device_status').set({ online: 0, since: now }).where('online', '=', 1);
      const gone = heldBefore === undefined ? online : online.where('connected_at', 'is not', null).where('said_at', '<', heldBefore);
      return Number((await gone.executeTakeFirst()).numUpdatedRows);
    },
    async all() {
      const rows = await db.selectFrom('device_status').selectAll().orderBy('device_id').execute();
      return rows.map((row) => ({
        deviceId: row.device_id,
        online: row.online === 1,
        since: row.since,
        lastMessageAt: row.last_message_at,
      }));
    },
  };
}

async function saySome(tx: SqlTx, rows: readonly DeviceStatusTable[]): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insertInto('device_status')
    .values(rows)
    .onConflict((on) =>
      on
        .column('device_id')
        .doUpdateSet((is) => ({
          online: is.ref('excluded.online'),
          since: is.ref('excluded.since'),
          said_at: is.ref('excluded.said_at'),
          said_by: is.ref('excluded.said_by'),
          connected_at: is.ref('excluded.connected_at'),
        }))
        .where(WINS),
    )
    .execute();
}

async function hearSome(tx: SqlTx, rows: readonly DeviceStatusTable[]): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insertInto('device_status')
    .values(rows)
    .onConflict((on) =>
      on
        .column('device_id')
        .doUpdateSet((is) => ({ last_message_at: is.ref('excluded.last_message_at') }))
        .where(LATER),
    )
    .execute();
}

function saidRow({ deviceId, said }: DeviceWord): readonly DeviceStatusTable[] {
  if (!said) return [];
  const { online, since, at, by, connectedAt } = said;
  const word = { since, said_at: at, said_by: by, connected_at: connectedAt };
  return [{ device_id: deviceId, online: online ? 1 : 0, last_message_at: null, ...word }];
}

/** Of a device that nobody has spoken of yet, being heard says nothing about its connection. */
function heardRow({ deviceId, lastMessageAt }: DeviceWord): readonly DeviceStatusTable[] {
  if (lastMessageAt === null) return [];
  const nothing = { online: 0, since: lastMessageAt, said_at: 0, said_by: 0, connected_at: null };
  return [{ device_id: deviceId, last_message_at: lastMessageAt, ...nothing }];
}

function byDevice(a: DeviceWord, b: DeviceWord): number {
  return a.deviceId < b.deviceId ? -1 : 1;
}
