import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { METRICS, type Meter, type MetricName } from './meter.js';

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** A meter whose numbers `text()` renders as a Prometheus page. */
export function prometheusMeter(): Meter & Readonly<{ text(): Promise<string>; contentType: string }> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const made = new Map<MetricName, Counter | Gauge | Histogram>();
  for (const [name, { kind, help, labels }] of Object.entries(METRICS)) {
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    made.set(
      name as MetricName,
      kind === 'counter'
        ? new Counter(options)
        : kind === 'gauge'
          ? new Gauge(options)
          : new Histogram({ ...options, buckets: name.endsWith('_seconds') ? SECONDS : SIZES }),
    );
  }
  return {
    count: (name, by = 1, labels?: Readonly<Record<string, string>>) => (made.get(name) as Counter).inc(labels ?? {}, by),
    gauge: (name, value, labels?: Readonly<Record<string, string>>) => (made.get(name) as Gauge).set(labels ?? {}, value),
    observe: (name, value, labels?: Readonly<Record<string, string>>) => (made.get(name) as Histogram).observe(labels ?? {}, value),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
