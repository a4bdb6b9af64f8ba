export { GOLDEN_PARTITIONS, logContract, type LogHarness } from './log.contract.js';
export { seriesContract, type SeriesHarness } from './series.contract.js';
export { ledgerContract, type LedgerHarness } from './ledger.contract.js';
export { checkpointsContract, type CheckpointsHarness } from './checkpoints.contract.js';
export { alarmStoreContract, type AlarmStoreHarness } from './alarm-store.contract.js';
export { notificationStoreContract } from './notification-store.contract.js';
export { SAMPLE_AT, SAMPLE_LEVELS, born, sampleAlarm, sampleEvent, sampleNotification, sampleTimer } from './alarm-samples.js';
