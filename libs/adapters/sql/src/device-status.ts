import type { DeviceStatus, DeviceStatusStore } from '@anlan/ports';
import { chunks, type SqlDatabase } from './sql-database.js';

const ROWS_A_STATEMENT = 500;

/** Who is online, so that a restart does not forget since when. */
export function sqlDeviceStatus({ db, transact }: SqlDatabase): DeviceStatusStore {
  return {
    async save(statuses) {
      // One row a device: a statement may not touch the same row twice, and the last word counts. In the order of their ids,
      // so that two processes that write at once wait for each other instead of blocking each other.
      const newest = [...new Map(statuses.map((status) => [status.deviceId, status])).values()];
      const rows = newest.sort(byDevice).map((status) => ({
        device_id: status.deviceId,
        online: status.online ? 1 : 0,
        since: status.since,
        last_message_at: status.lastMessageAt,
      }));
      if (rows.length === 0) return;
      await transact(async (tx) => {
        for (const some of chunks(rows, ROWS_A_STATEMENT)) {
          await tx
            .insertInto('device_status')
            .values(some)
            .onConflict((on) =>
              on.column('device_id').doUpdateSet((is) => ({
                online: is.ref('excluded.online'),
                since: is.ref('excluded.since'),
                last_message_at: is.ref('excluded.last_message_at'),
              })),
            )
            .execute();
        }
      });
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

function byDevice(a: DeviceStatus, b: DeviceStatus): number {
  return a.deviceId < b.deviceId ? -1 : 1;
}
