import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@anlan/adapter-sqlite';
import { alarmStoreContract, notificationStoreContract, type AlarmStoreHarness } from '@anlan/ports/contract';
import { SqliteDialect } from 'kysely';
import { sqlRecords } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'anlan-records-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const harness = (file: () => string) => async (): Promise<AlarmStoreHarness> => {
  const records = await sqlRecords({
    dialect: new SqliteDialect({ database: openDatabase(file(), { synchronous: 'OFF' }) }),
    keys: { current: 'k', peppers: new Map([['k', new Uint8Array(32).fill(7)]]) },
    catalogue: new Map(),
    publicUrl: 'http://127.0.0.1:8080',
    clock: { now: () => 1_760_000_000_000 },
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    alarms: records.alarms,
    notifications: records.notifications,
    eventsOf: (id) => records.alarmQueries.timeline({ regionCodes: null }, id),
    dispose: () => records.close(),
  };
};

alarmStoreContract(
  'SQLite in memory',
  harness(() => ':memory:'),
);
alarmStoreContract(
  'SQLite file',
  harness(() => join(folder, `${(files += 1)}.db`)),
);
notificationStoreContract(
  'SQLite in memory',
  harness(() => ':memory:'),
);
notificationStoreContract(
  'SQLite file',
  harness(() => join(folder, `${(files += 1)}.db`)),
);
