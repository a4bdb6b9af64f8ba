import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Clock } from '@anlan/ports';
import { KafkaFault, lost, throwIf } from './fault.js';
import { SaslAuthenticator, type WireRequest } from './kafkajs-inside.js';
import { type ApiRange, apiVersions, type Call, unspoken } from './protocol.js';

export type Endpoint = Readonly<{ host: string; port: number }>;
export type KafkaSecurity = Readonly<{
  tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  sasl?: Readonly<{ mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }>;
}>;
export type ConnectionDeps = Readonly<{ clock: Clock; clientId: string; security?: KafkaSecurity | undefined }>;

/**
 * One TCP connection to one broker.
 *
 * N1  Every request has a deadline. One that passes it ends the connection: a half-open link is noticed by us, not by TCP.
 * N2  When the connection ends, every request in flight fails; nothing waits for ever.
 * N3  An idle connection has no timer.
 */
export type Connection = Readonly<{ open(): boolean; send<T>(call: Call<T>, withinMs: number): Promise<T>; close(): void }>;

const CONNECT_WITHIN_MS = 3_000;
const HELLO_WITHIN_MS = 5_000;
/** No answer that we ask for is near this; a longer one is not Kafka. */
const MOST_ANSWER_BYTES = 128 * 1024 * 1024;

export async function openConnection(endpoint: Endpoint, deps: ConnectionDeps): Promise<Connection> {
  const socket = await connected(endpoint, deps);
  const connection = onSocket(socket, deps);
  try {
    const hello = await connection.send(apiVersions(), HELLO_WITHIN_MS);
    throwIf(hello.errorCode);
    const missing = unspoken(hello.apiVersions);
    if (missing.length > 0) throw lost('STRANGE_ANSWER', `the broker does not speak ${missing.join(', ')}; 2.3 or newer is needed`);
    if (deps.security?.sasl) await authenticate(endpoint, deps.security.sasl, connection, hello.apiVersions);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function connected({ host, port }: Endpoint, { clock, security }: ConnectionDeps): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const tls = security?.tls;
    const socket = tls ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...tls }) : connectTcp({ host, port });
    const failed = (cause?: Error): void => {
      cancel();
      socket.destroy();
      reject(lost('NOT_CONNECTED', `${host}:${port}: ${cause?.message ?? 'no connection in time'}`, cause));
    };
    const cancel = clock.after(CONNECT_WITHIN_MS, () => failed());
    socket.once('error', failed);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      cancel();
      socket.off('error', failed);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

type InFlight = Readonly<{ answered(raw: Buffer): void; failed(fault: KafkaFault): void }>;

function onSocket(socket: Socket, { clock, clientId }: ConnectionDeps): Connection {
  const inFlight = new Map<number, InFlight>();
  const client = Buffer.from(clientId);
  let correlation = 0;
  let open = true;

  const end = (fault: KafkaFault): void => {
    if (!open) return;
    open = false;
    socket.destroy();
    for (const { failed } of inFlight.values()) failed(fault);
    inFlight.clear();
  };
  const answers = frames((answer) => {
    const id = answer.readInt32BE(0);
    inFlight.get(id)?.answered(answer.subarray(4));
    inFlight.delete(id);
  });
  socket.on('data', (chunk) => {
    if (!answers(chunk)) end(lost('STRANGE_ANSWER', 'a frame that is not of Kafka'));
  });
  socket.on('error', (cause) => end(lost('CONNECTION_LOST', cause.message, cause)));
  socket.on('close', () => end(lost('CONNECTION_LOST', 'the broker closed the connection')));

  const exchange = (id: number, name: string, frame: readonly Buffer[], withinMs: number): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      if (!open) return reject(lost('CONNECTION_LOST', 'the connection is closed'));
      const cancel = clock.after(withinMs, () => end(lost('NO_ANSWER', `${name} within ${withinMs} ms`)));
      inFlight.set(id, {
        answered(raw) {
          cancel();
          resolve(raw);
        },
        failed(fault) {
          cancel();
          reject(fault);
        },
      });
      socket.cork();
      for (const part of frame) socket.write(part);
      socket.uncork();
    });

  return {
    open: () => open,
    async send(call, withinMs) {
      correlation = (correlation + 1) & 0x7fffffff;
      const id = correlation;
      const { buffer } = await call.request.encode();
      const frame = [requestHead(id, client, call.request, buffer.length), buffer];
      const raw = await exchange(id, call.request.apiName, frame, withinMs);
      return decoded(call, raw);
    },
    close: () => end(lost('CLOSED', 'the connection was closed')),
  };
}

/** What stands before every request: its length, and the header of version 1, which all our versions of requests have. */
function requestHead(id: number, client: Buffer, { apiKey, apiVersion }: WireRequest, bodyBytes: number): Buffer {
  const head = Buffer.allocUnsafe(14 + client.length);
  head.writeInt32BE(head.length - 4 + bodyBytes, 0);
  head.writeInt16BE(apiKey, 4);
  head.writeInt16BE(apiVersion, 6);
  head.writeInt32BE(id, 8);
  head.writeInt16BE(client.length, 12);
  client.copy(head, 14);
  return head;
}

async function decoded<T>(call: Call<T>, raw: Buffer): Promise<T> {
  try {
    return await call.response.decode(raw);
  } catch (error) {
    throw error instanceof KafkaFault ? error : lost('STRANGE_ANSWER', `${call.request.apiName}: ${String(error)}`, error);
  }
}

/** Cuts a stream into frames without their length. Returns false, for good, when the stream is not one of frames. */
function frames(onFrame: (frame: Buffer) => void): (chunk: Buffer) => boolean {
  let chunks: Buffer[] = [];
  let bytes = 0;
  return (chunk) => {
    chunks.push(chunk);
    bytes += chunk.length;
    for (;;) {
      const first = chunks[0];
      if (first === undefined || bytes < 4) return true;
      if (first.length < 4) chunks = [Buffer.concat(chunks)];
      const length = chunks[0]?.readInt32BE(0) ?? 0;
      if (length < 4 || length > MOST_ANSWER_BYTES) return false;
      if (bytes < 4 + length) return true;
      const whole = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const rest = whole.subarray(4 + length);
      chunks = rest.length > 0 ? [rest] : [];
      bytes = rest.length;
      onFrame(whole.subarray(4, 4 + length));
    }
  };
}

/** The dialogue is kafkajs' own; it asks for little more than `send`. */
async function authenticate(
  endpoint: Endpoint,
  sasl: NonNullable<KafkaSecurity['sasl']>,
  connection: Connection,
  ranges: readonly ApiRange[],
): Promise<void> {
  const versions = Object.fromEntries(ranges.map((range) => [range.apiKey, range]));
  const send = async (call: Call<unknown>): Promise<unknown> => {
    const answer = await connection.send(call as Call<Readonly<{ errorCode?: number }>>, HELLO_WITHIN_MS);
    throwIf(answer.errorCode ?? 0);
    return answer;
  };
  await new SaslAuthenticator({ ...endpoint, sasl: { ...sasl }, send }, SILENT, versions, true).authenticate();
}

const SILENT = { namespace: () => SILENT, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
