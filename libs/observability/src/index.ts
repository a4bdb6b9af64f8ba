export { METRICS, silentMeter, type Meter, type MetricName } from './meter.js';
export { prometheusMeter } from './prometheus.js';
export { jsonLogger, silentLogger, type Logger } from './logger.js';
export { idsOf, isTold, placeAfter, placeFrom, silentTracer, tracePlace, type Span, type TracePlace, type Tracer } from './trace.js';
export { otlpTracer, type OtlpDeps } from './otlp.js';
