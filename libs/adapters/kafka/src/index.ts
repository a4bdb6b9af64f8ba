export { kafkaLog, type KafkaLogDeps } from './log.js';
export { KafkaSetupError } from './topics.js';
export type { KafkaSecurity } from './connection.js';
export { kafkaShares, type KafkaSharesDeps } from './shares.js';
