export { METRICS, silentMeter, type Meter, type MetricName } from './meter.js';
export { prometheusMeter } from './prometheus.js';
export { jsonLogger, silentLogger, type Logger } from './logger.js';
