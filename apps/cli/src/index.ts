export { runCli, type Tools } from './program.js';
export { type Io, type Result } from './io.js';
export { type Simulator } from './simulator-port.js';
export type { Migration, RecordsTool } from './records-port.js';
export { csvRows, type TableRow } from './table.js';
export { processIo } from './process-io.js';
export type { Storage, StorageReport } from './storage-port.js';
