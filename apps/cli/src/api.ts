import { problemJson } from '@anlan/contracts';
import { failed, type FaultLine, type Io, type Result } from './io.js';
import { sentenceOf, systemCode } from './system-error.js';
import { apiToken, apiUrl, tokenFile } from './target.js';

export type ApiAnswer =
  | Readonly<{ kind: 'ok'; body: unknown }>
  | Readonly<{ kind: 'refused'; status: number; code: string; detail: string; errors: readonly FaultLine[] }>
  | Readonly<{ kind: 'unreachable'; why: string }>;

export type ApiRequest = Readonly<{ method: 'GET' | 'POST' | 'PATCH'; path: string; body?: string; contentType?: string }>;
export type Api = Readonly<{ url: string; call(request: ApiRequest): Promise<ApiAnswer> }>;

const TIMEOUT_MS = 120_000;

/** The HTTP API of a running server. Expected failures are values. */
export async function api(io: Io, givenUrl?: string): Promise<Api> {
  const url = apiUrl(io, givenUrl);
  const token = await apiToken(io);
  return {
    url,
    call: async ({ method, path, body, contentType = 'application/json' }) => {
      const headers = {
        accept: 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': contentType }),
      };
      try {
        const signal = AbortSignal.any([io.signal, AbortSignal.timeout(TIMEOUT_MS)]);
        const response = await fetch(url + path, { method, headers, redirect: 'error', signal, ...(body !== undefined && { body }) });
        return await answerOf(response);
      } catch (error) {
        return { kind: 'unreachable', why: reasonOf(error) };
      }
    },
  };
}

async function answerOf(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  const body = parsed(text);
  if (response.ok) return { kind: 'ok', body };
  const problem = problemJson.partial().safeParse(body);
  const { code = 'http_error', detail = response.statusText, errors = [] } = problem.success ? problem.data : {};
  return { kind: 'refused', status: response.status, code, detail, errors };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // Not JSON: `/health` of a proxy, or an error page. The status says what matters.
  }
}

/** `fetch` wraps what really happened as the cause. */
function reasonOf(error: unknown): string {
  const cause: unknown = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : error;
  return systemCode(cause) ?? sentenceOf(cause);
}

/** What a person can do about an answer that is no success. */
export function complaint(io: Io, { url }: Api, answer: Exclude<ApiAnswer, { kind: 'ok' }>): Result {
  if (answer.kind === 'unreachable')
    return failed(`no answer from ${url} (${answer.why}). Is the server running? Another address: --url or ANLAN_URL.`);
  if (answer.status === 401)
    return failed(
      `${url} wants a login (${answer.code}). Set ANLAN_TOKEN, or run where the server's data folder is readable (${tokenFile(io)}).`,
    );
  return failed(`refused with ${answer.status} ${answer.code}: ${answer.detail}`, { faults: answer.errors });
}
