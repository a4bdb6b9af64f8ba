export { ensureBuckets, dropBucket, RAW_KEPT_AT_LEAST_MS, rollupBucketOf, type BucketState, type WantedBucket } from './buckets.js';
export { influxConnection, type ConnectionDeps, type ConnectionLimits, type InfluxConnection, type WriteAnswer } from './connection.js';
export { MEASUREMENT } from './line-protocol.js';
export type { PointTags, TagsOf } from './point-tags.js';
export { influxSeries, type InfluxSeries, type InfluxSeriesDeps, type InfluxSeriesLimits } from './series.js';
export { influxRollups, type RollupDeps, type RollupReport, type Rollups } from './rollups.js';
