import { randomUUID } from 'node:crypto';
import { METRICS, prometheusMeter, type MetricName } from '@anlan/observability';
import { loadPacks } from '@anlan/packs';
import { describeWith } from '@anlan/testing';
import { dashboards } from './dashboards.js';
import { targetsOf } from './panel-targets.js';

const targets = targetsOf(dashboards(loadPacks())['platform-health.json'] ?? fail('no board')).filter(({ source }) => source === 'metrics');
const STEP_MS = 15_000;
const SCRAPES = 5;
/** What the names in a panel are made of. `up` is Prometheus' own, for each scrape. */
const WORDS = /^(sum|max|by|rate|histogram_quantile|le|up|__rate_interval|e\d)$/;
const LABELS = new Set(['job', 'instance', ...Object.values(METRICS).flatMap(({ labels }) => [...labels])]);

function fail(message: string): never {
  throw new Error(message);
}

type Call = 'count' | 'gauge' | 'observe';
const CALL = { counter: 'count', gauge: 'gauge', histogram: 'observe' } as const satisfies Record<string, Call>;

/** Every metric of the table moves a little, as in any process of ours. */
function move(meter: ReturnType<typeof prometheusMeter>): void {
  const loose = meter as unknown as Readonly<Record<Call, (name: string, value: number, labels: object) => void>>;
  for (const [name, { kind, labels }] of Object.entries(METRICS)) {
    const named = Object.fromEntries(labels.map((label) => [label, `some_${label}`]));
    loose[CALL[kind]](name, 3, named);
  }
}

test('every name in a panel stands on a real page of metrics', async () => {
  const meter = prometheusMeter();
  move(meter);
  const page = await meter.text();
  const onPage = new Set([...page.matchAll(/^([a-z_][a-z0-9_]*)/gim)].map(([, name]) => name));
  const used = new Set(targets.flatMap(({ text }) => [...text.matchAll(/[a-z_][a-z0-9_]*/gi)].map(([name]) => name)));
  const unknown = [...used].filter((name) => !onPage.has(name) && !LABELS.has(name) && !WORDS.test(name));
  expect(unknown).toEqual([]);
});

test('every metric of the table stands in some panel', () => {
  const all = targets.map(({ text }) => text).join('\n');
  expect((Object.keys(METRICS) as MetricName[]).filter((name) => !all.includes(name))).toEqual([]);
});

describeWith('victoria', 'PromQL panels on a real store with a real page of metrics', (address) => {
  const run = `spec-${randomUUID().slice(0, 8)}`;
  const end = Math.floor(Date.now() / STEP_MS) * STEP_MS - STEP_MS;

  beforeAll(async () => {
    const meter = prometheusMeter();
    for (let scrape = SCRAPES - 1; scrape >= 0; scrape -= 1) {
      move(meter);
      const at = new URLSearchParams({ timestamp: String(end - scrape * STEP_MS) });
      for (const label of [`run=${run}`, 'job=ingest', 'instance=ingest:8081']) at.append('extra_label', label);
      const body = `${await meter.text()}up 1\n`;
      const { status } = await fetch(`${address}/api/v1/import/prometheus?${at.toString()}`, { method: 'POST', body });
      expect(status).toBe(204);
    }
    await fetch(`${address}/internal/force_flush`);
  }, 60_000);

  test.each(targets.map((target) => [`${target.panel} (${target.refId})`, target] as const))('%s', async (_, { text }) => {
    const query = text.replaceAll('$__rate_interval', '1m');
    const asked = new URLSearchParams({
      query,
      start: String((end - STEP_MS) / 1000),
      end: String(end / 1000),
      step: '15s',
      'extra_filters[]': `{run="${run}"}`,
      nocache: '1',
    });
    const answer = (await (await fetch(`${address}/api/v1/query_range?${asked.toString()}`)).json()) as Readonly<{
      status: string;
      error?: string;
      data?: Readonly<{
        result: readonly Readonly<{ metric: Readonly<Record<string, string>>; values: readonly (readonly [number, string])[] }>[];
      }>;
    }>;
    expect(answer.error).toBeUndefined();
    const series = answer.data?.result ?? [];
    expect(series.length).toBeGreaterThan(0);
    expect(series.flatMap(({ values }) => values).filter(([, value]) => !Number.isFinite(Number(value)))).toEqual([]);
    const by =
      /by \(([\w, ]+)\)/
        .exec(text)?.[1]
        ?.split(', ')
        .filter((label) => label !== 'le') ?? [];
    for (const { metric } of series) expect(Object.keys(metric)).toEqual(expect.arrayContaining(by));
  });
});
