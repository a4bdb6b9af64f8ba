import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type Field, type Point, parseLine } from './line-parser.js';

/** What the store does with a request. `lost`: it stores all and cuts the line. `torn`: cut while the body comes. `never`: no answer. */
export type Mood =
  | Readonly<{ kind: 'well' }>
  | Readonly<{ kind: 'status'; status: number; body?: unknown; headers?: Readonly<Record<string, string>> }>
  | Readonly<{ kind: 'lost' }>
  | Readonly<{ kind: 'torn' }>
  | Readonly<{ kind: 'never'; stores: boolean }>
  | Readonly<{ kind: 'late'; afterMs: number }>;
export const WELL: Mood = { kind: 'well' };

export type StrictStore = Readonly<{
  url: string;
  /** By series and time, as the store would overwrite. */ points: Map<string, Point>;
  /** Times that a point was written with other content than it had. */ overwritten: string[];
  requests: Readonly<{ op: 'write' | 'query'; lines: number; mood: Mood['kind'] }>[];
  /** Asked at each request. */ mood: { next(op: 'write' | 'query'): Mood };
  rules: {
    /** Lines with an older time are left out with status 422. */ retainedFromNs: bigint;
    maxBytes: number;
    /** Measurement or point whose lines never parse. */ hated: string | undefined;
  };
  close(): Promise<void>;
}>;

const TOKEN = 'right';
const json = (response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(JSON.stringify(body));
};

/** An InfluxDB 2 as strict as its documentation, in memory, with moods. It shares no code with the adapter. */
export async function strictStore(): Promise<StrictStore> {
  const points = new Map<string, Point>();
  /** The first write of a field fixes its type. */
  const types = new Map<string, Field['type']>();
  const overwritten: string[] = [];
  const requests: { op: 'write' | 'query'; lines: number; mood: Mood['kind'] }[] = [];
  const mood: StrictStore['mood'] = { next: () => WELL };
  const rules = { retainedFromNs: -(2n ** 63n), maxBytes: 50_000_000, hated: undefined as string | undefined };

  const storeLines = (text: string): Readonly<{ status: number; body?: unknown }> => {
    const parsed: Point[] = [];
    for (const line of text.split('\n')) {
      try {
        const point = parseLine(line);
        if (rules.hated !== undefined && Object.values(point.tags).includes(rules.hated))
          throw new Error(`unable to parse '${line}': hated`);
        parsed.push(point);
      } catch (error) {
        return { status: 400, body: { code: 'invalid', message: (error as Error).message } };
      }
    }
    let dropped = 0;
    let why = '';
    for (const point of parsed) {
      const typed = Object.entries(point.fields).map(([name, { type }]) => [`${point.measurement} ${name}`, type] as const);
      const clash = typed.some(([name, type]) => (types.get(name) ?? type) !== type);
      if (clash || point.ns < rules.retainedFromNs) {
        dropped += 1;
        why = clash ? 'field type conflict' : 'points beyond retention policy';
        continue;
      }
      for (const [name, type] of typed) types.set(name, type);
      const place = JSON.stringify([point.measurement, Object.entries(point.tags).sort(), String(point.ns)]);
      const before = points.get(place);
      if (before !== undefined && JSON.stringify(before.fields) !== JSON.stringify(point.fields)) overwritten.push(place);
      points.set(place, { ...point, fields: { ...before?.fields, ...point.fields } });
    }
    if (dropped === 0) return { status: 204 };
    return {
      status: 422,
      body: { code: 'unprocessable entity', message: `failure writing points to database: partial write: ${why} dropped=${dropped}` },
    };
  };

  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://store');
    const op = url.pathname === '/query' ? 'query' : 'write';
    const now = mood.next(op);
    if (now.kind === 'torn') {
      requests.push({ op, lines: 0, mood: now.kind });
      request.once('data', () => request.destroy());
      return;
    }
    const body = await bodyOf(request);
    const lines = op === 'write' ? body.text.split('\n').length : 0;
    requests.push({ op, lines, mood: now.kind });
    if (request.headers.authorization !== `Token ${TOKEN}`)
      return json(response, 401, { code: 'unauthorized', message: 'unauthorized access' });
    if (now.kind === 'status') return json(response, now.status, now.body ?? { code: 'internal error', message: 'no' }, now.headers);
    if (body.bytes > rules.maxBytes) return json(response, 413, { code: 'request too large', message: 'request body too large' });
    if (now.kind === 'never' && !now.stores) return;
    if (now.kind === 'late') await new Promise((resolve) => setTimeout(resolve, now.afterMs));
    if (op === 'query') {
      const answered = JSON.stringify({ results: queryAll(points, new URLSearchParams(body.text).get('q') ?? '') });
      if (now.kind !== 'lost') return void response.writeHead(200, { 'content-type': 'application/json' }).end(answered);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(answered.length + 1) });
      response.write(answered.slice(0, Math.ceil(answered.length / 2)), () => response.destroy());
      return;
    }
    if (url.searchParams.get('precision') !== 'ns') return json(response, 400, { code: 'invalid', message: 'this store wants ns' });
    const done = storeLines(body.text);
    if (now.kind === 'never') return;
    if (now.kind === 'lost') return void response.destroy();
    if (done.status === 204) response.writeHead(204).end();
    else json(response, done.status, done.body);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    ...{ points, overwritten, requests, mood, rules },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<{ text: string; bytes: number }>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const sent = Buffer.concat(chunks);
  const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  return { text: plain.toString('utf8'), bytes: plain.length };
}

/** As much of InfluxQL as the writer asks: newest times by point, and rows of points within a time. */
function queryAll(points: ReadonlyMap<string, Point>, q: string): readonly unknown[] {
  return q.split(';').map((statement) => {
    const columns = /SELECT (.*?) FROM/.exec(statement)?.[1]?.split(', ') ?? [];
    const names = new Set(/FROM (.*?) WHERE/.exec(statement)?.[1]?.split(', '));
    const wanted = new Set([...statement.matchAll(/point = '((?:[^'\\]|\\.)*)'/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1')));
    const from = /time >= (-?\d+)ms/.exec(statement)?.[1];
    const to = /time < (-?\d+)ms/.exec(statement)?.[1];
    const found = [...points.values()].filter(
      ({ measurement, tags, ns }) =>
        names.has(measurement) &&
        wanted.has(tags['point'] ?? '') &&
        (from === undefined || ns >= BigInt(from) * 1_000_000n) &&
        (to === undefined || ns < BigInt(to) * 1_000_000n),
    );
    const series = new Map<string, Point[]>();
    for (const point of found) {
      const name = JSON.stringify([point.measurement, point.tags['point']]);
      series.set(name, [...(series.get(name) ?? []), point]);
    }
    return {
      series: [...series.values()].flatMap((group) => {
        const [first] = group;
        if (first === undefined) return [];
        const rows = group.toSorted((a, b) => Number(a.ns - b.ns)).map(({ ns, fields }) => ({ ms: Number(ns / 1_000_000n), fields }));
        const isLast = columns[0] === 'last(v)';
        const shown = isLast ? rows.slice(-1) : rows;
        return [
          {
            ...{ name: first.measurement, tags: { point: first.tags['point'] }, columns: ['time', ...(isLast ? ['last'] : columns)] },
            values: shown.map(({ ms, fields }) => [
              ms,
              ...(isLast ? [fields['v']?.value] : columns.map((name) => fields[name]?.value ?? null)),
            ]),
          },
        ];
      }),
    };
  });
}
