export { sqlRecords, type Records, type RecordsConfig } from './records.js';
export type { DigestKeys } from './keys.js';
export { AFTER_RESTORE } from './after-restore.js';
export { migrateRecords, type MigrateConfig } from './migrate-records.js';
