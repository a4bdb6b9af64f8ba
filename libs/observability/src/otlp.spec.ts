import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { idsOf, isTold, otlpTracer, placeAfter, placeFrom, type OtlpDeps, type Span, tracePlace } from './index.js';
import { silentMeter, type Meter } from './meter.js';

type Told = Readonly<{ service: string; name: string; traceId: string; spanId: string; parentSpanId?: string; startTimeUnixNano: string }>;
type Asked = Readonly<{ headers: IncomingHttpHeaders; path: string; spans: readonly Told[] }>;
type Body = Readonly<{
  resourceSpans: readonly Readonly<{
    resource: Readonly<{ attributes: readonly Readonly<{ key: string; value: Readonly<{ stringValue: string }> }>[] }>;
    scopeSpans: readonly Readonly<{ spans: readonly Omit<Told, 'service'>[] }>[];
  }>[];
}>;
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A collector that keeps what it was sent, and answers with `status`, or never. */
async function collector(status: number | undefined): Promise<Readonly<{ url: string; asked: Asked[] }>> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const spans = (JSON.parse(text) as Body).resourceSpans.flatMap(({ resource, scopeSpans }) => {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        return scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service })));
      });
      asked.push({ headers: request.headers, path: request.url ?? '', spans });
      if (status !== undefined) response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, asked };
}

function counting(): Readonly<{ meter: Meter; counts: Record<string, number> }> {
  const counts: Record<string, number> = {};
  const meter = {
    ...silentMeter,
    count: (_name: string, by = 1, labels?: Readonly<Record<string, string>>) => {
      const outcome = labels?.['outcome'] ?? '';
      counts[outcome] = (counts[outcome] ?? 0) + by;
    },
  } as Meter;
  return { meter, counts };
}
const tracer = (url: string, more: Partial<OtlpDeps> = {}) => otlpTracer({ url, namespace: '', ratio: 1, meter: silentMeter, ...more });
const span = (n: number, more: Partial<Span> = {}): Span => ({
  at: placeAfter(placeFrom('a message'), `work ${n}`),
  app: 'rules',
  name: 'judge reading',
  kind: 'consumer',
  from: 1_760_000_000_123,
  to: 1_760_000_000_125.5,
  facts: { 'anlan.level': 'red', 'anlan.offset': 7 },
  ...more,
});

test('a span reaches the collector as OTLP says, under the service of its app', async () => {
  const { url, asked } = await collector(200);
  const { meter, counts } = counting();
  const ours = await tracer(url, { authorization: 'Bearer secret', namespace: 'city', meter });
  const parent = placeFrom('a message');
  ours.tell(span(1, { parent }));
  ours.tell(span(2, { parent, app: 'alarm', failed: 'HTTP 503' }));
  await ours.close();
  const [request] = asked;
  expect([request?.path, request?.headers.authorization]).toEqual(['/v1/traces', 'Bearer secret']);
  expect(request?.spans).toHaveLength(2);
  expect(request?.spans[0]).toMatchObject({
    ...idsOf(span(1).at),
    parentSpanId: idsOf(parent).spanId,
    service: 'anlan-rules',
    name: 'judge reading',
    kind: 5,
    startTimeUnixNano: '1760000000123000000',
    endTimeUnixNano: '1760000000125500000',
    status: { code: 0 },
  });
  expect(request?.spans[1]).toMatchObject({ service: 'anlan-alarm', status: { code: 2, message: 'HTTP 503' } });
  expect(counts).toEqual({ sent: 2 });
});

test('T1: a collector that never answers costs spans, neither time nor memory', async () => {
  const { url, asked } = await collector(undefined);
  const { meter, counts } = counting();
  const ours = await tracer(url, { meter, withinMs: 1_000 });
  const one = span(0);
  const began = performance.now();
  for (let n = 0; n < 50_000; n += 1) ours.tell(one);
  const tookMs = performance.now() - began;
  expect(tookMs).toBeLessThan(1_000);
  // At most what waits and one request in flight; everything else is dropped and counted.
  expect(counts['dropped']).toBeGreaterThanOrEqual(50_000 - 4_096 - 512);
  expect(asked.length).toBeLessThanOrEqual(1);
  const closing = performance.now();
  await ours.close();
  expect(performance.now() - closing).toBeLessThan(4_000);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
}, 15_000);

test('T1: nobody listens: what was told is counted as failed, and the process may end', async () => {
  const { url } = await collector(200);
  for (const close of open.splice(0)) close();
  const { meter, counts } = counting();
  const ours = await tracer(url, { meter, withinMs: 1_000 });
  ours.tell(span(1));
  await ours.close();
  expect(counts).toEqual({ failed: 1 });
}, 15_000);

test('T1: a collector that refuses is not asked again for the same spans', async () => {
  const { url, asked } = await collector(400);
  const { meter, counts } = counting();
  const ours = await tracer(url, { meter });
  ours.tell(span(1));
  await ours.close();
  expect([asked.length, counts]).toEqual([1, { failed: 1 }]);
});

test.each([
  [0, 0, 0],
  [1, 1_000, 1_000],
  [0.25, 150, 350],
])('a share of %d of all messages is chosen', async (ratio, least, most) => {
  const { url } = await collector(200);
  const ours = await tracer(url, { ratio });
  const places = Array.from({ length: 1_000 }, () => ours.begin() ?? '');
  expect(new Set(places).size).toBe(1_000);
  expect(places.every((place) => tracePlace(place) === place)).toBe(true);
  const chosen = places.filter(isTold).length;
  expect(chosen).toBeGreaterThanOrEqual(least);
  expect(chosen).toBeLessThanOrEqual(most);
});

test('where the log would not keep a place, messages get none', async () => {
  const { url } = await collector(200);
  expect((await tracer(url, { ratio: null })).begin()).toBeUndefined();
});
