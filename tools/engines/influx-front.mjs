/**
 * The paths of InfluxDB 2 in front of Debian's InfluxDB 1.6.7, which has a real line protocol parser and a real InfluxQL engine
 * but no `/api/v2`. For tests and for `npm run engines`; a city runs InfluxDB 2.7 itself.
 *
 * Done here: token, organisation, `/api/v2/write` (paths, precision, error bodies and status codes of 2.7), buckets as databases
 * and retention policies (`db` or `db/rp`, as 2.7 maps them for InfluxQL), `/query`, `/health`, `/ping`.
 * Settings: FRONT_PORT, FRONT_UPSTREAM, FRONT_TOKEN, FRONT_ORG, FRONT_BUCKET (made at the start, as the set-up of 2.7 would).
 */
import { createServer, request } from 'node:http';

const { FRONT_PORT, FRONT_UPSTREAM, FRONT_TOKEN, FRONT_ORG, FRONT_BUCKET } = process.env;
const UPSTREAM = new URL(FRONT_UPSTREAM ?? 'http://127.0.0.1:8086');
const ORG_ID = '00000000000a91a7';
const MAX_ANSWER = 64 * 1024;
const PRECISION = { ns: 'n', us: 'u', ms: 'ms', s: 's' };

function answer(response, status, code, message) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'x-platform-error-code': code });
  response.end(JSON.stringify({ code, message }));
}

/** Sends on what came; `then` gets the store's answer. The body streams, so that this process stays small. */
function forward(incoming, response, path, then) {
  const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = incoming.headers;
  const headers = Object.fromEntries(
    Object.entries({ 'content-type': type, 'content-encoding': encoding, 'content-length': length }).filter(([, value]) => value),
  );
  const upstream = request({ hostname: UPSTREAM.hostname, port: UPSTREAM.port, path, method: incoming.method, headers }, then);
  upstream.on('error', (error) => {
    incoming.resume();
    if (response.headersSent) response.destroy();
    else answer(response, 503, 'unavailable', `the store does not answer: ${error.code ?? error.message}`);
  });
  response.on('close', () => upstream.destroy());
  incoming.pipe(upstream);
}

function text(incoming, limit = MAX_ANSWER) {
  return new Promise((resolve, reject) => {
    let body = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk) => {
      if (body.length < limit) body += chunk;
    });
    incoming.on('end', () => resolve(body));
    incoming.on('error', reject);
  });
}

const target = (bucket) => {
  const [db, rp] = bucket.split('/', 2);
  return `db=${encodeURIComponent(db)}${rp ? `&rp=${encodeURIComponent(rp)}` : ''}`;
};

function write(incoming, response, query) {
  const bucket = query.get('bucket');
  if (!bucket) return answer(response, 400, 'invalid', 'bucket name is required');
  const precision = PRECISION[query.get('precision') ?? 'ns'];
  if (!precision) return answer(response, 400, 'invalid', `invalid precision; valid precision units are ${Object.keys(PRECISION)}`);
  forward(incoming, response, `/write?${target(bucket)}&precision=${precision}`, async (upstream) => {
    const body = await text(upstream);
    if (upstream.statusCode === 204) return response.writeHead(204).end();
    const { status, code, message } = asTwo(upstream.statusCode, errorOf(body), bucket);
    answer(response, status, code, message);
  });
}

function errorOf(body) {
  try {
    return String(JSON.parse(body).error ?? body);
  } catch {
    return body;
  }
}

/** What 2.7 says where 1.6.7 says this. */
function asTwo(status, error, bucket) {
  if (status === 404 || error.includes('retention policy not found') || error.includes('database not found'))
    return { status: 404, code: 'not found', message: `bucket "${bucket}" not found` };
  if (status === 413) return { status, code: 'request too large', message: error };
  if (status === 400 && error.startsWith('partial write') && !error.includes('unable to parse'))
    return { status: 422, code: 'unprocessable entity', message: `failure writing points to database: ${error}` };
  if (status === 400) return { status, code: 'invalid', message: error };
  if (status === 503) return { status, code: 'unavailable', message: error };
  return { status: 500, code: 'internal error', message: error };
}

function query(incoming, response, url) {
  forward(incoming, response, `/query${url.search}`, (upstream) => {
    response.writeHead(upstream.statusCode ?? 502, { 'content-type': upstream.headers['content-type'] ?? 'application/json' });
    upstream.pipe(response);
    upstream.on('error', () => response.destroy());
  });
}

const quoted = (name) => `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** One statement of ours to the store; throws with what it says. */
async function run(statement) {
  const answered = await fetch(new URL('/query', UPSTREAM), { method: 'POST', body: new URLSearchParams({ q: statement }) });
  const { results = [], error } = await answered.json();
  const fault = error ?? results.find((result) => result.error)?.error;
  if (fault) throw new Error(fault);
  return results[0]?.series?.[0]?.values ?? [];
}

const idOf = (name) => Buffer.from(name).toString('hex');
const nameOf = (id) => Buffer.from(id, 'hex').toString();
/** `db` and `db/rp` with seconds kept, 0 for ever. */
async function bucketsOf(db) {
  const known = await run('SHOW DATABASES');
  if (!known.some(([name]) => name === db)) return [];
  const policies = await run(`SHOW RETENTION POLICIES ON ${quoted(db)}`);
  return policies.map(([rp, duration]) => bucketJson(rp === 'autogen' ? db : `${db}/${rp}`, secondsOf(duration)));
}
const secondsOf = (duration) =>
  [...duration.matchAll(/(\d+)([hms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * { h: 3600, m: 60, s: 1 }[unit], 0);
const bucketJson = (name, everySeconds) => ({
  id: idOf(name),
  orgID: ORG_ID,
  name,
  retentionRules: everySeconds === 0 ? [] : [{ type: 'expire', everySeconds }],
});

async function makeBucket(name, everySeconds) {
  const [db, rp] = name.split('/', 2);
  const duration = everySeconds > 0 ? `${everySeconds}s` : 'INF';
  await run(`CREATE DATABASE ${quoted(db)}`);
  const policies = await run(`SHOW RETENTION POLICIES ON ${quoted(db)}`);
  const policy = rp ?? 'autogen';
  const verb = policies.some(([known]) => known === policy) ? 'ALTER' : 'CREATE';
  await run(`${verb} RETENTION POLICY ${quoted(policy)} ON ${quoted(db)} DURATION ${duration} REPLICATION 1`);
  return bucketJson(name, everySeconds);
}

async function buckets(incoming, response, url) {
  const json = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const id = url.pathname.split('/')[4];
  if (incoming.method === 'GET') {
    const name = url.searchParams.get('name') ?? '';
    const found = (await bucketsOf(name.split('/', 1)[0])).filter((bucket) => bucket.name === name);
    return found.length > 0 ? json(200, { buckets: found }) : answer(response, 404, 'not found', `bucket "${name}" not found`);
  }
  if (incoming.method === 'DELETE' && id) {
    const [db, rp] = nameOf(id).split('/', 2);
    await run(rp ? `DROP RETENTION POLICY ${quoted(rp)} ON ${quoted(db)}` : `DROP DATABASE ${quoted(db)}`);
    return response.writeHead(204).end();
  }
  const { name, retentionRules = [] } = JSON.parse(await text(incoming));
  const seconds = retentionRules[0]?.everySeconds ?? 0;
  if (incoming.method === 'PATCH' && id) return json(200, await makeBucket(nameOf(id), seconds));
  if ((await bucketsOf(name.split('/', 1)[0])).some((bucket) => bucket.name === name))
    return answer(response, 422, 'conflict', `bucket with name ${name} already exists`);
  return json(201, await makeBucket(name, seconds));
}

async function route(incoming, response) {
  const url = new URL(incoming.url ?? '/', 'http://front');
  if (url.pathname === '/ping') return response.writeHead(204).end();
  if (url.pathname === '/health') {
    const up = await fetch(new URL('/ping', UPSTREAM)).then(
      ({ ok }) => ok,
      () => false,
    );
    response.writeHead(up ? 200 : 503, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ name: 'influxdb', status: up ? 'pass' : 'fail', version: '1.6.7 behind the front' }));
  }
  if (incoming.headers.authorization !== `Token ${FRONT_TOKEN}`) {
    incoming.resume();
    return answer(response, 401, 'unauthorized', 'unauthorized access');
  }
  const org = url.searchParams.get('org');
  if (org !== null && org !== FRONT_ORG) {
    incoming.resume();
    return answer(response, 404, 'not found', `organization name "${org}" not found`);
  }
  if (url.pathname === '/api/v2/write') return write(incoming, response, url.searchParams);
  if (url.pathname === '/query') return query(incoming, response, url);
  if (url.pathname === '/api/v2/orgs')
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ orgs: [{ id: ORG_ID, name: FRONT_ORG }] }));
  if (/^\/api\/v2\/buckets(\/|$)/.test(url.pathname)) return buckets(incoming, response, url);
  return answer(response, 404, 'not found', 'path not found');
}

const server = createServer((incoming, response) => {
  incoming.on('error', () => response.destroy());
  route(incoming, response).catch((error) => {
    if (response.headersSent) response.destroy();
    else answer(response, 503, 'unavailable', error instanceof Error ? error.message : String(error));
  });
});
if (FRONT_BUCKET && (await bucketsOf(FRONT_BUCKET)).length === 0) await makeBucket(FRONT_BUCKET, 0);
server.keepAliveTimeout = 60_000;
server.listen(Number(FRONT_PORT ?? 18086), '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
