import { otlpTracer, silentTracer, type Meter, type Tracer } from '@anlan/observability';
import type { Opened } from './opened.js';
import type { Settings } from './settings.js';

/** The tracer that the settings ask for; without an address it does nothing, and its library is not even loaded. */
export async function openTracer(settings: Settings, meter: Meter): Promise<Opened<Tracer>> {
  const { ANLAN_TRACES_URL: url, ANLAN_TRACES_AUTHORIZATION: authorization, ANLAN_NAMESPACE: namespace } = settings;
  if (url === null) return { it: silentTracer, close: () => Promise.resolve() };
  const ratio = settings.ANLAN_KAFKA_BROKERS === null ? null : settings.ANLAN_TRACES_RATIO;
  const tracer = await otlpTracer({ url, ...(authorization !== null && { authorization }), namespace, ratio, meter });
  return { it: tracer, close: () => tracer.close() };
}
