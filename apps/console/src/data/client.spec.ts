/** @jest-environment node */
import { httpClient, queryText } from './client.js';
import { ApiProblem, type ProblemBody } from './problem.js';

function stage(answer: () => Promise<Response>, token: string | null = 'secret') {
  const asked: Request[] = [];
  let expired = 0;
  const client = httpClient({
    base: 'http://gateway.test/api/v1',
    token: () => token,
    onExpired: () => {
      expired += 1;
    },
    fetch: (input, init) => {
      asked.push(new Request(input, init));
      return answer();
    },
  });
  return { client, asked, expired: () => expired };
}
const problem = (body: ProblemBody, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(new Response(JSON.stringify(body), { status: body.status, headers }));
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('httpClient', () => {
  test('sends the token in a header, never in the address', async () => {
    const { client, asked } = stage(() => Promise.resolve(new Response('{"a":1}')));
    expect(await client.get('/x', { open: true, level: ['red', 'orange'], q: '' })).toEqual({ a: 1 });
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer secret');
    expect(asked[0]?.url).toBe('http://gateway.test/api/v1/x?open=true&level=red%2Corange');
  });
  test('a problem is an ApiProblem with its code and the wait it asks for', async () => {
    const { client } = stage(() => problem({ status: 429, code: 'locked' }, { 'retry-after': '754' }));
    expect(await failure(client.post('/auth/login'))).toMatchObject({ name: 'ApiProblem', code: 'locked', status: 429, retryAfterS: 754 });
  });
  test('an answer that is no problem document keeps its status', async () => {
    const { client } = stage(() => Promise.resolve(new Response('<html>bad gateway</html>', { status: 502 })));
    expect(await failure(client.get('/x'))).toMatchObject({ status: 502, code: 'http_error' });
  });
  test('no answer is status 0, not an exception of the browser', async () => {
    const { client } = stage(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(await failure(client.get('/x'))).toMatchObject({ status: 0, code: 'no_answer' });
  });
  test('401 ends the session, but not when it was a password that was wrong, nor without a token', async () => {
    const over = stage(() => problem({ status: 401, code: 'unauthenticated' }));
    expect(await failure(over.client.get('/x'))).toBeInstanceOf(ApiProblem);
    expect(over.expired()).toBe(1);
    const wrong = stage(() => problem({ status: 401, code: 'bad_credentials' }));
    await failure(wrong.client.post('/auth/password'));
    expect(wrong.expired()).toBe(0);
    const out = stage(() => problem({ status: 401, code: 'bad_credentials' }), null);
    await failure(out.client.post('/auth/login'));
    expect(out.expired()).toBe(0);
  });
  test('an empty answer is undefined', async () => {
    const { client } = stage(() => Promise.resolve(new Response('')));
    expect(await client.post('/auth/logout')).toBeUndefined();
  });
  test('what is not set is not asked', () => expect(queryText({ a: undefined, b: [], c: 0 })).toBe('?c=0'));
});
