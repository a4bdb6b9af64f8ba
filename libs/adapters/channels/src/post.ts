/** One POST to one checked address. No redirects, no proxies, no reuse of connections, everything bounded. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { Endpoint } from './egress.js';

export type PostLimits = Readonly<{ connectMs: number; totalMs: number; maxAnswerBytes: number }>;
export const POST_LIMITS: PostLimits = { connectMs: 3_000, totalMs: 10_000, maxAnswerBytes: 64 * 1_024 };

/** `unreached`: the whole request cannot have arrived. `unanswered`: it may have. */
export type PostResult =
  | Readonly<{ kind: 'answered'; status: number; retryAfter: string | undefined }>
  | Readonly<{ kind: 'unreached'; why: string }>
  | Readonly<{ kind: 'unanswered'; why: string }>;

export type Post = Readonly<{
  endpoint: Endpoint;
  address: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  limits: PostLimits;
}>;

function optionsOf({ endpoint: { url, host, port }, address, headers, body }: Post): RequestOptions & Readonly<{ servername?: string }> {
  return {
    host: address,
    port,
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    agent: false,
    // The name stays in Host and in the certificate check; the connection goes to the address that was checked.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    headers: { ...headers, host: url.host, 'content-length': String(Buffer.byteLength(body)), connection: 'close' },
  };
}

function codeOf(error: Error & Readonly<{ code?: string }>): string {
  return error.code ?? error.name;
}

/** Reads the answer away; its content is nobody's business here. */
function swallow(answer: IncomingMessage, maxBytes: number): void {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) answer.destroy();
  });
  answer.on('error', () => undefined); // the status has been taken already
}

export function post(task: Post): Promise<PostResult> {
  const { endpoint, body, limits } = task;
  return new Promise((resolve) => {
    let handedOver = false;
    const request = (endpoint.secure ? httpsRequest : httpRequest)(optionsOf(task));
    const failed = (why: string): void => {
      clearTimeout(connecting);
      clearTimeout(whole);
      resolve(handedOver ? { kind: 'unanswered', why } : { kind: 'unreached', why });
      request.destroy();
    };
    const connecting = setTimeout(() => failed('connect timeout'), limits.connectMs);
    const whole = setTimeout(() => failed('timeout'), limits.totalMs);

    request.on('socket', (socket) => {
      socket.once(endpoint.secure ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
      // From the first byte on nobody can be sure any more what the other side has read.
      socket.once(endpoint.secure ? 'secureConnect' : 'connect', () => (handedOver = true));
    });
    request.on('response', (answer) => {
      clearTimeout(connecting);
      swallow(answer, limits.maxAnswerBytes);
      answer.on('close', () => clearTimeout(whole));
      resolve({ kind: 'answered', status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] });
    });
    request.on('error', (error) => failed(codeOf(error)));
    request.end(body);
  });
}
