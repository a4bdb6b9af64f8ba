import { createHmac } from 'node:crypto';
import { type IncomingHttpHeaders, type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { Notification } from '@anlan/contracts';
import type { Message, SendOutcome } from '@anlan/ports';
import { type WebhookDeps, outboxChannel, webhookChannel } from './index.js';

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;
const NOW = 1_750_000_000_000;
const LIMITS = { connectMs: 300, totalMs: 600, maxAnswerBytes: 1_024 };

type Got = Readonly<{ headers: IncomingHttpHeaders; body: string; path: string }>;
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A receiver on loopback that keeps what came. */
async function receiver(answer: RequestListener): Promise<Readonly<{ port: number; got: Got[] }>> {
  const got: Got[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      got.push({ headers: request.headers, body, path: request.url ?? '' });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, got };
}

const row: Notification = {
  id: 'n1',
  eventId: 'e1',
  alarmId: 'a1',
  kind: 'raise',
  level: 'red',
  channel: 'webhook',
  personId: 'p2',
  recipient: '工程二',
  step: 0,
  state: 'sending',
  text: '【红色报警】…',
  link: null,
  mergedInto: null,
  attempts: 1,
  createdAt: NOW,
  dueAt: NOW,
  sentAt: null,
  outcome: null,
};
function messageTo(webhook: string | undefined): Message {
  const person = { id: 'p2', name: '工程二', unitId: 'u', ...(webhook === undefined ? {} : { webhook }) };
  return {
    id: row.id,
    person,
    title: '红色报警通知',
    text: row.text,
    link: 'http://127.0.0.1/a/x',
    notification: row,
    merged: [],
    at: NOW,
  };
}
const send = (webhook: string | undefined, more: Partial<WebhookDeps> = {}): Promise<SendOutcome> =>
  webhookChannel({ secrets: [SECRET], allow: [], source: '/anlan', now: () => NOW, limits: LIMITS, ...more }).send(messageTo(webhook));
const sendTo = (port: number, more: Partial<WebhookDeps> = {}): Promise<SendOutcome> =>
  send(`http://127.0.0.1:${port}/in?k=1`, { allow: [`127.0.0.1:${port}`], ...more });

test('the receiver can check the signature from the raw body, and finds a CloudEvent', async () => {
  const { port, got } = await receiver((_request, response) => response.writeHead(204).end());
  expect(await sendTo(port)).toEqual({ kind: 'sent', receipt: 'HTTP 204' });
  const [first] = got;
  if (!first) throw new Error('nothing came');
  expect(first.path).toBe('/in?k=1');
  expect(first.headers).toMatchObject({
    'webhook-id': 'n1',
    'webhook-timestamp': '1750000000',
    host: `127.0.0.1:${port}`,
    'content-type': 'application/cloudevents+json; charset=utf-8',
  });
  expect(first.headers['webhook-signature']).toBe(`v1,${createHmac('sha256', KEY).update(`n1.1750000000.${first.body}`).digest('base64')}`);
  expect(JSON.parse(first.body)).toMatchObject({
    specversion: '1.0',
    id: 'n1',
    source: '/anlan',
    type: 'cn.anlan.alarm.raise.v1',
    subject: 'a1',
    time: '2025-06-15T15:06:40.000Z',
    data: { level: 'red', alarmId: 'a1', text: row.text, link: 'http://127.0.0.1/a/x', alarms: [{ notificationId: 'n1' }] },
  });
});

test('a receiver that takes part in traces finds its place; without one there is no header', async () => {
  const { port, got } = await receiver((_request, response) => response.writeHead(204).end());
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const webhook = webhookChannel({ secrets: [SECRET], allow: [`127.0.0.1:${port}`], source: '/anlan', now: () => NOW, limits: LIMITS });
  const message = messageTo(`http://127.0.0.1:${port}/in`);
  await webhook.send(message);
  await webhook.send({ ...message, trace });
  expect(got.map(({ headers }) => headers['traceparent'])).toEqual([undefined, trace]);
});

describe('outcomes', () => {
  test.each([
    [200, {}, { kind: 'sent', receipt: 'HTTP 200' }],
    [400, {}, { kind: 'refused', why: 'HTTP 400' }],
    [410, {}, { kind: 'refused', why: 'HTTP 410' }],
    [408, {}, { kind: 'unavailable', why: 'HTTP 408' }],
    [429, { 'retry-after': '7' }, { kind: 'unavailable', why: 'HTTP 429', retryAfterMs: 7_000 }],
    [429, { 'retry-after': 'Sun, 15 Jun 2025 15:07:00 GMT' }, { kind: 'unavailable', why: 'HTTP 429', retryAfterMs: 20_000 }],
    [503, { 'retry-after': '99999' }, { kind: 'unavailable', why: 'HTTP 503', retryAfterMs: 300_000 }],
    [503, { 'retry-after': 'soon' }, { kind: 'unavailable', why: 'HTTP 503' }],
    [500, {}, { kind: 'unavailable', why: 'HTTP 500' }],
  ])('HTTP %d %j', async (status, headers, outcome) => {
    const { port } = await receiver((_request, response) => response.writeHead(status, headers).end());
    expect(await sendTo(port)).toEqual(outcome);
  });

  test('S-54: a redirect to ourselves is not followed', async () => {
    const inner = await receiver((_request, response) => response.end('secret'));
    const { port } = await receiver((_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end());
    expect(await sendTo(port)).toMatchObject({ kind: 'refused' });
    expect(inner.got).toEqual([]);
  });

  test('no answer after the body: nobody knows', async () => {
    const { port, got } = await receiver(() => undefined);
    expect(await sendTo(port)).toEqual({ kind: 'unknown', why: 'timeout' });
    expect(got).toHaveLength(1);
  });

  test('reset after the body: nobody knows', async () => {
    const { port } = await receiver((request) => request.socket.destroy());
    expect(await sendTo(port)).toMatchObject({ kind: 'unknown' });
  });

  test('nobody listens: surely not delivered', async () => {
    const { port } = await receiver(() => undefined);
    for (const close of open.splice(0)) close();
    expect(await sendTo(port)).toEqual({ kind: 'unavailable', why: 'ECONNREFUSED' });
  });

  test('a TLS handshake that never ends: surely not delivered, within the time to connect', async () => {
    const sockets: Socket[] = [];
    const deaf = createTcpServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    open.push(() => (sockets.forEach((socket) => socket.destroy()), deaf.close()));
    const { port } = deaf.address() as AddressInfo;
    expect(await send(`https://127.0.0.1:${port}/`, { allow: [`127.0.0.1:${port}`] })).toEqual({
      kind: 'unavailable',
      why: 'connect timeout',
    });
  });

  test('an answer without end is cut, its status stands', async () => {
    const { port } = await receiver((_request, response) => {
      response.writeHead(200);
      const flood = setInterval(() => response.write('x'.repeat(4_096)), 1);
      response.on('close', () => clearInterval(flood));
    });
    expect(await sendTo(port)).toEqual({ kind: 'sent', receipt: 'HTTP 200' });
  });

  test('somebody without a webhook is refused', async () => expect(await send(undefined)).toEqual({ kind: 'refused', why: 'no_endpoint' }));
});

describe('S-54: names', () => {
  test.each([
    [['127.0.0.1']],
    [['8.8.8.8', '10.0.0.1']],
    [['::ffff:127.0.0.1']],
    [['169.254.169.254']],
    [['fe80::1%eth0']],
    [['::1', '2606:4700::1111']],
  ])('a name that leads to %j is refused', async (addresses) => {
    expect(await send('https://hooks.example.com/', { resolve: async () => addresses })).toEqual({
      kind: 'refused',
      why: 'address_closed',
    });
  });

  test('localhost and localhost. are refused by what they really resolve to', async () => {
    for (const host of ['localhost', 'localhost.'])
      expect(await send(`https://${host}/`)).toEqual({ kind: 'refused', why: 'address_closed' });
  });

  test('a name that changes its mind (rebinding) is asked once, and what was checked is connected to', async () => {
    const { port, got } = await receiver((_request, response) => response.end());
    let asked = 0;
    const resolve = async (): Promise<readonly string[]> => [['127.0.0.1'], ['10.0.0.1']][asked++] ?? [];
    expect(await send(`http://receiver.test:${port}/`, { allow: [`receiver.test:${port}`], resolve })).toMatchObject({ kind: 'sent' });
    expect(asked).toBe(1);
    expect(got[0]?.headers.host).toBe(`receiver.test:${port}`);
  });

  test('a name that cannot be resolved, or not in time, may be one tomorrow', async () => {
    expect(
      await send('https://hooks.example.com/', { resolve: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) }),
    ).toEqual({ kind: 'unavailable', why: 'name lookup: ENOTFOUND' });
    expect(await send('https://hooks.example.com/', { resolve: () => new Promise(() => undefined) })).toMatchObject({
      kind: 'unavailable',
    });
    expect(await send('https://hooks.example.com/', { resolve: async () => [] })).toMatchObject({ kind: 'unavailable' });
  });
});

test('a bad secret stops the start', () => {
  expect(() => webhookChannel({ secrets: [], allow: [], source: '/anlan', now: () => NOW })).toThrow(RangeError);
  expect(() => webhookChannel({ secrets: ['x'], allow: [], source: '/anlan', now: () => NOW })).toThrow(RangeError);
});

test('the outbox is its own provider', async () => {
  expect(await outboxChannel().send(messageTo(undefined))).toEqual({ kind: 'sent', receipt: 'outbox' });
});
