import { createServer } from 'node:http';

/** A span as a collector of OpenTelemetry gets it. */
export type CollectedSpan = Readonly<{
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  fromMs: number;
  toMs: number;
  facts: Readonly<Record<string, string>>;
}>;
export type Collector = Readonly<{ url: string; spans: readonly CollectedSpan[]; stop(): Promise<void> }>;

type Attributes = readonly Readonly<{ key: string; value: Readonly<Record<string, string | number>> }>[];
type Body = Readonly<{
  resourceSpans: readonly Readonly<{
    resource: Readonly<{ attributes: Attributes }>;
    scopeSpans: readonly Readonly<{
      spans: readonly Readonly<{
        name: string;
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        attributes: Attributes;
      }>[];
    }>[];
  }>[];
}>;

const factsOf = (attributes: Attributes): Readonly<Record<string, string>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));

function spansOf({ resourceSpans }: Body): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, startTimeUnixNano, endTimeUnixNano, parentSpanId = '', ...span }) => ({
        ...span,
        parentSpanId,
        service: factsOf(resource.attributes)['service.name'] ?? '',
        fromMs: Number(startTimeUnixNano) / 1e6,
        toMs: Number(endTimeUnixNano) / 1e6,
        facts: factsOf(attributes),
      })),
    ),
  );
}

/** Takes traces as OTLP over HTTP in JSON and keeps them. */
export function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      spans.push(...spansOf(JSON.parse(text) as Body));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const stop = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${port}/v1/traces`, spans, stop });
    });
  });
}
