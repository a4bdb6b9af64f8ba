export { memoryCheckpoints } from './checkpoints.js';
export { memoryFanout, type FanoutDeps } from './fanout.js';
export { memoryJobs } from './jobs.js';
export { memoryLastValues } from './last-values.js';
export { memoryLedger } from './ledger.js';
export { memoryLog, type MemoryLogDeps } from './log.js';
export { memorySeries } from './series.js';
export { memoryShares, type MemorySharesDeps } from './shares.js';
export { virtualClock, type VirtualClock } from './virtual-clock.js';
