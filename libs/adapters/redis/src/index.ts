export type { RedisConfig } from './redis-link.js';
export { redisFanout, type RedisFanout } from './redis-fanout.js';
export { redisLastValues, type RedisLastValues } from './redis-last-values.js';
