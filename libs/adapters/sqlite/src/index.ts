export { openDatabase, type Changes, type Database, type DatabaseOptions, type Statement } from './database.js';
export { STORE_FAULTS, StoreFault, isBroken, isDiskFull, errorCode, type StoreFaultCode } from './store-fault.js';
export { WorkerGone, type HostDeps, type HostKind } from './host.js';
export { sqliteLog, type SqliteLogDeps } from './log.js';
export { sqliteCheckpoints, type SqliteCheckpoints, type SqliteCheckpointsDeps } from './checkpoints.js';
export { sqliteSeries, type SqliteSeries, type SqliteSeriesDeps } from './series.js';
export { openDataFolder, type DataFolder, type DataFolderOptions } from './data-folder.js';
export {
  storageTools,
  type FileCheck,
  type FolderCheck,
  type StorageFailure,
  type StorageReport,
  type StorageTools,
  type StorageToolsDeps,
} from './storage-tools.js';
