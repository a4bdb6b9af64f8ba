import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Millis } from '@anlan/contracts';
import type { Logger, Meter } from '@anlan/observability';
import { type Clock, SeriesUnavailable } from '@anlan/ports';
import { HttpError, InfluxDB, type SendOptions } from '@influxdata/influxdb-client';
import { tablesOf } from './answer.js';
import type { Table } from './influxql.js';

export type ConnectionDeps = Readonly<{
  url: string;
  token: string;
  org: string;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  limits?: Partial<ConnectionLimits>;
}>;
export type ConnectionLimits = Readonly<{
  /** A write that has no answer after this long counts as failed, outcome unknown. */ writeMs: Millis;
  queryMs: Millis;
  /** Largest answer that is read. */ answerBytes: number;
  /** Longest time that we wait because the store said so. */ holdMs: Millis;
  /** Requests at the same time; more wait. */ sockets: number;
}>;
const LIMITS: ConnectionLimits = { writeMs: 10_000, queryMs: 30_000, answerBytes: 64 * 1024 * 1024, holdMs: 60_000, sockets: 8 };

/** `dropped`: how many lines the store says it left out, where it says so. */
export type WriteAnswer = Readonly<
  { kind: 'stored' } | { kind: 'too_large' } | { kind: 'refused'; reason: string; dropped: number | undefined }
>;

export type InfluxConnection = Readonly<{
  /** One request. Rejects with SeriesUnavailable when nothing may be assumed about any line. */
  write(bucket: string, body: string): Promise<WriteAnswer>;
  /** The tables of each statement. Rejects with SeriesUnavailable, also when a single statement failed. `withinMs`: sooner than other queries. */
  query(bucket: string, statements: readonly string[], withinMs?: Millis): Promise<readonly (readonly Table[])[]>;
  /** A call of the management API: status and JSON. */
  manage(method: string, path: string, body?: unknown): Promise<Readonly<{ status: number; json: unknown }>>;
  close(): void;
}>;

const GZIP_FROM_BYTES = 1_000;
/** A wrong token or bucket is told again after this long. */
const TELL_EVERY_MS = 60_000;
/** `code` of answers that speak of the lines and not of the request. Anything else with status 400 comes from elsewhere. */
const OF_CONTENT: ReadonlySet<unknown> = new Set(['invalid', 'unprocessable entity']);

/**
 * HTTP to one InfluxDB through the official client's transport. Its `WriteApi` is left out: it keeps lines in memory, drops whole
 * batches on 400, 401, 404, 413 and 422, and drops the oldest ones when its buffer is full. Here each request has one answer, and the
 * caller still holds what it sent.
 */
export function influxConnection(deps: ConnectionDeps): InfluxConnection {
  const { url, token, org, clock, meter, logger } = deps;
  const limits = { ...LIMITS, ...deps.limits };
  const options = { keepAlive: true, maxSockets: limits.sockets };
  const agent = url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  const { transport } = new InfluxDB({ url, token, timeout: limits.queryMs, transportOptions: { agent } });
  let heldUntil = -Infinity;
  let toldAt = -Infinity;
  let closed = false;

  /** The whole exchange within `withinMs`, whatever hangs: connecting, sending, waiting or reading. */
  const exchange = async (path: string, body: string, request: SendOptions, withinMs: Millis): Promise<string> => {
    if (closed) throw new SeriesUnavailable('the series is closed');
    const abort = new AbortController();
    const cancel = clock.after(withinMs, () => abort.abort());
    try {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of transport.iterate(path, body, { ...request, signal: abort.signal })) {
        size += chunk.length;
        if (size > limits.answerBytes)
          throw new SeriesUnavailable(`the answer of the series store is longer than ${limits.answerBytes} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString('utf8');
    } catch (error) {
      const late = abort.signal.aborted;
      abort.abort();
      if (late && !(error instanceof HttpError))
        throw new SeriesUnavailable(`the series store gave no answer within ${withinMs} ms`, { cause: error });
      throw error;
    } finally {
      cancel();
    }
  };
  const measured = async <T>(op: 'write' | 'query', run: () => Promise<T>): Promise<T> => {
    const began = clock.mono();
    try {
      return await run();
    } catch (error) {
      const failure = unavailable(error);
      meter.count('anlan_series_failures_total', 1, { reason: reasonOf(error) });
      if (error instanceof HttpError) hold(error);
      throw failure;
    } finally {
      meter.observe('anlan_series_seconds', (clock.mono() - began) / 1000, { op });
    }
  };
  /** What the store asked of us, and what only people can mend. */
  const hold = (error: HttpError): void => {
    const { statusCode } = error;
    if (statusCode === 429 || statusCode === 503) {
      heldUntil = clock.mono() + Math.min(restMs(error, clock.now()), limits.holdMs);
    } else if (statusCode < 500 && clock.mono() - toldAt >= TELL_EVERY_MS) {
      toldAt = clock.mono();
      logger.error('the series store refuses us: nothing is stored until this is mended', { status: statusCode, reason: told(error), org });
    }
  };

  return {
    write: (bucket, body) =>
      measured('write', async () => {
        const waitMs = heldUntil - clock.mono();
        if (waitMs > 0) throw new SeriesUnavailable(`the series store asked for ${Math.ceil(waitMs)} ms of rest`);
        const path = `/api/v2/write?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}&precision=ns`;
        const headers = { 'content-type': 'text/plain; charset=utf-8' };
        try {
          await exchange(path, body, { method: 'POST', headers, gzipThreshold: GZIP_FROM_BYTES }, limits.writeMs);
          return { kind: 'stored' };
        } catch (error) {
          const answer = error instanceof HttpError ? answerOf(error) : undefined;
          if (answer === undefined) throw error;
          return answer;
        }
      }),
    query: (bucket, statements, withinMs = limits.queryMs) =>
      measured('query', async () => {
        const [db = '', rp] = bucket.split('/', 2);
        const path = `/query?db=${encodeURIComponent(db)}${rp === undefined ? '' : `&rp=${encodeURIComponent(rp)}`}&epoch=ms&chunked=true`;
        const body = `q=${encodeURIComponent(statements.join(';\n'))}`;
        const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
        return tablesOf(await exchange(path, body, { method: 'POST', headers }, Math.min(withinMs, limits.queryMs)), statements.length);
      }),
    async manage(method, path, body) {
      try {
        const text = await exchange(path, body === undefined ? '' : JSON.stringify(body), { method }, limits.queryMs);
        return { status: 200, json: text === '' ? undefined : JSON.parse(text) };
      } catch (error) {
        if (error instanceof HttpError) return { status: error.statusCode, json: error.json };
        throw unavailable(error);
      }
    },
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

/** What an error status says about the lines; undefined when it says nothing about them. */
function answerOf(error: HttpError): WriteAnswer | undefined {
  if (error.statusCode === 413) return { kind: 'too_large' };
  if ((error.statusCode !== 400 && error.statusCode !== 422) || !OF_CONTENT.has(codeIn(error))) return undefined;
  const reason = told(error);
  const dropped = /\bdropped=(\d+)/.exec(reason)?.[1];
  return { kind: 'refused', reason, dropped: dropped === undefined ? undefined : Number(dropped) };
}

/** How long the store asks us to wait. (The client's own `retryAfter()` takes the seconds of the header for milliseconds.) */
function restMs({ headers }: HttpError, now: Millis): Millis {
  const asked = String(headers?.['retry-after'] ?? '');
  if (/^\d+$/.test(asked)) return Number(asked) * 1000;
  const at = Date.parse(asked);
  return Number.isNaN(at) ? 0 : Math.max(at - now, 0);
}

function codeIn(error: HttpError): unknown {
  const json: unknown = error.json;
  return typeof json === 'object' && json !== null && 'code' in json ? json.code : undefined;
}

/** The store's words, cut: they can hold the whole line. */
function told(error: HttpError): string {
  return error.message.slice(0, 500);
}

function reasonOf(error: unknown): string {
  return error instanceof HttpError ? String(error.statusCode) : 'unreachable';
}

function unavailable(error: unknown): SeriesUnavailable {
  if (error instanceof SeriesUnavailable) return error;
  const reason = error instanceof HttpError ? `HTTP ${error.statusCode}: ${told(error)}` : String(error);
  return new SeriesUnavailable(`the series store failed: ${reason}`, { cause: error });
}
