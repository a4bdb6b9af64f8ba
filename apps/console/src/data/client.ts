import { ApiProblem, BAD_CREDENTIALS, NO_ANSWER, problemOf } from './problem.js';

export type QueryValue = string | number | boolean | readonly string[] | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/** Speaks to the gateway with the bearer token. Every failure is an ApiProblem. */
export type Client = Readonly<{
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  remove<T>(path: string, query?: Query): Promise<T>;
  /** The raw stream of `path`; the caller reads its body. */
  open(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
}>;

export type ClientDeps = Readonly<{
  fetch: typeof globalThis.fetch;
  base: string;
  token(): string | null;
  /** Told once for each answer 401 to a request that carried a token. */
  onExpired(): void;
}>;

/** Longest wait for an answer; a stream has its own watchdog. */
const ANSWER_WITHIN_MS = 20_000;

/** `?a=1&b=2` of what is set, lists joined with commas; empty when nothing is. */
export function queryText(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    params.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

export function httpClient({ fetch, base, token, onExpired }: ClientDeps): Client {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const bearer = token();
    const headers = {
      ...(init.headers as Record<string, string> | undefined),
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
    };
    const answer = await fetch(base + path, { ...init, headers, cache: 'no-store', credentials: 'same-origin' }).catch((cause: unknown) => {
      if (init.signal?.aborted === true && init.signal.reason !== 'late') throw cause;
      throw new ApiProblem({ status: 0, code: NO_ANSWER });
    });
    if (answer.ok) return answer;
    const problem = await problemOf(answer);
    // A wrong password (for another act) says nothing against the session.
    if (problem.status === 401 && problem.code !== BAD_CREDENTIALS && bearer !== null && bearer === token()) onExpired();
    throw problem;
  };
  const json = async <T>(path: string, init: RequestInit, outer?: AbortSignal): Promise<T> => {
    const { signal, done } = within(ANSWER_WITHIN_MS, outer);
    try {
      const answer = await send(path, { ...init, signal });
      const text = await answer.text();
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } finally {
      done();
    }
  };
  const sent = <T>(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<T> =>
    json(path, { method, headers: { accept: 'application/json', 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return {
    get: (path, query, signal) => json(path + queryText(query), { headers: { accept: 'application/json' } }, signal),
    post: (path, body) => sent('POST', path, body ?? {}),
    patch: (path, body) => sent('PATCH', path, body),
    remove: (path, query) => json(path + queryText(query), { method: 'DELETE', headers: { accept: 'application/json' } }),
    open: (path, headers, signal) => send(path, { headers, signal }),
  };
}

/** A signal that fires after `ms` or with `outer`. (`AbortSignal.any` is younger than our oldest browser.) */
function within(ms: number, outer?: AbortSignal): Readonly<{ signal: AbortSignal; done(): void }> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort('late'), ms);
  const follow = (): void => controller.abort(outer?.reason);
  outer?.addEventListener('abort', follow);
  return {
    signal: controller.signal,
    done: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    },
  };
}
