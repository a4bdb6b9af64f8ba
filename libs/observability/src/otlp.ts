import { randomFillSync } from 'node:crypto';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Meter } from './meter.js';
import { idsOf, type Span, type TracePlace, type Tracer } from './trace.js';

export type OtlpDeps = Readonly<{
  /** Where OTLP over HTTP (JSON) is taken, with its path, as `http://collector:4318/v1/traces`. */
  url: string;
  /** `Authorization` there. */
  authorization?: string;
  /** Installation, where several share a collector. */
  namespace: string;
  /** Share of messages that are told of though they raise nothing, 0 to 1. Null: messages get no place, for the log would not keep it. */
  ratio: number | null;
  meter: Meter;
  /** For one request with all its attempts. */
  withinMs?: number;
}>;

type ReadableSpan = Parameters<OTLPTraceExporter['export']>[0][number];
type Resource = ReadableSpan['resource'];

const MOST_WAITING = 4_096;
const MOST_A_REQUEST = 512;
const EVERY_MS = 1_000;
const WITHIN_MS = 5_000;
/** Trace and span. */
const PLACE_BYTES = 24;
/** For the last requests, at the end of the process. */
const LAST_WORDS_MS = 2_000;

/**
 * Spans to a collector by OpenTelemetry's own exporter, which is loaded only here.
 *
 * T1  Telling is a push into a bounded queue: a slow or absent collector costs spans, never time or memory. What is lost is counted.
 */
export async function otlpTracer(deps: OtlpDeps): Promise<Tracer & Readonly<{ close(): Promise<void> }>> {
  const { url, authorization, ratio, meter, withinMs = WITHIN_MS } = deps;
  const [{ OTLPTraceExporter: Exporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new Exporter({ url, timeoutMillis: withinMs, ...(authorization !== undefined && { headers: { authorization } }) });
  const resources = new Map<string, Resource>();
  const resourceOf = (app: string): Resource => {
    const found =
      resources.get(app) ??
      resourceFromAttributes({ 'service.name': `anlan-${app}`, ...(deps.namespace !== '' && { 'service.namespace': deps.namespace }) });
    resources.set(app, found);
    return found;
  };

  let waiting: Span[] = [];
  let sending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const sendSome = async (): Promise<void> => {
    const some = waiting.slice(0, MOST_A_REQUEST);
    waiting = waiting.slice(some.length);
    const sent = await exported(
      exporter,
      some.map((span) => readable(span, resourceOf(span.app))),
    );
    meter.count('anlan_trace_spans_total', some.length, { outcome: sent ? 'sent' : 'failed' });
  };
  const send = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    sending ??= sendSome().finally(() => {
      sending = undefined;
      if (waiting.length > 0) soon();
    });
    return sending;
  };
  const soon = (): void => {
    if (waiting.length >= MOST_A_REQUEST) void send();
    else timer ??= setTimeout(() => void send(), EVERY_MS).unref();
  };
  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0 || sending) await send();
  };

  return {
    on: true,
    begin: ratio === null ? () => undefined : placeMaker(ratio),
    tell(span) {
      if (waiting.length >= MOST_WAITING) return meter.count('anlan_trace_spans_total', 1, { outcome: 'dropped' });
      waiting.push(span);
      if (!sending) soon();
    },
    async close() {
      let enough: NodeJS.Timeout | undefined;
      await Promise.race([sendAll(), new Promise((resolve) => (enough = setTimeout(resolve, LAST_WORDS_MS)))]);
      clearTimeout(enough);
      clearTimeout(timer);
      void exporter.shutdown();
    },
  };
}

function exported(exporter: OTLPTraceExporter, spans: ReadableSpan[]): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      exporter.export(spans, ({ code }) => resolve(Number(code) === SENT));
    } catch {
      resolve(false);
    }
  });
}

/** Makes random places. Random bytes are fetched many at a time: one place is made for every message of the city. */
function placeMaker(ratio: number): () => TracePlace {
  const random = Buffer.alloc(PLACE_BYTES * 256);
  let used = random.length;
  return () => {
    if (used >= random.length) {
      randomFillSync(random);
      used = 0;
    }
    const [trace, span] = [random.toString('hex', used, used + 16), random.toString('hex', used + 16, used + PLACE_BYTES)];
    const isChosen = random.readUInt32BE(used) < ratio * 0x1_0000_0000;
    used += PLACE_BYTES;
    return `00-${trace}-${span}-${isChosen ? '01' : '00'}`;
  };
}

const KINDS = { server: 1, client: 2, consumer: 4 } as const satisfies Record<Span['kind'], number>;
const TOLD = 1;
const [UNSET, ERROR] = [0, 2];
/** Of an export. */
const SENT = 0;

function readable({ at, parent, name, kind, from, to, facts, failed }: Span, resource: Resource): ReadableSpan {
  const contextOf = (place: TracePlace): ReturnType<ReadableSpan['spanContext']> => ({ ...idsOf(place), traceFlags: TOLD });
  const end = Math.max(from, to);
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => contextOf(at),
    ...(parent !== undefined && { parentSpanContext: { ...contextOf(parent), isRemote: true } }),
    startTime: timeOf(from),
    endTime: timeOf(end),
    duration: timeOf(end - from),
    ended: true,
    status: failed === undefined ? { code: UNSET } : { code: ERROR, message: failed },
    attributes: facts,
    links: [],
    events: [],
    resource,
    instrumentationScope: { name: 'anlan' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function timeOf(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
