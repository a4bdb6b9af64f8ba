import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { APPS, ROOT, SECRET_SETTINGS, faultsOfSettings, portOf, textOf, type App } from './files.js';

type Render = Readonly<{ RENDERED: string; chartDigest(): string; render(): string | undefined }>;
// A script of the root, not of a package: imported by its address.
const { RENDERED, chartDigest, render } = (await import(pathToFileURL(join(ROOT, 'deploy/helm/render.mjs')).href)) as Render;

type Values = Record<string, unknown>;
type Container = Readonly<{
  args: readonly string[];
  env: readonly Readonly<{ name: string; value: string }>[];
  ports: readonly Readonly<{ name: string; containerPort: number }>[];
  securityContext: unknown;
  resources: unknown;
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
  volumeMounts: readonly Readonly<{ name: string; readOnly?: boolean }>[];
}>;
type Probe = Readonly<{ httpGet: Readonly<{ path: string; port: string }> }>;
type Thing = Readonly<{
  kind: string;
  metadata: Readonly<{ name: string; labels: Readonly<Record<string, string>>; annotations?: Readonly<Record<string, string>> }>;
  data?: Readonly<Record<string, string>>;
  spec: Readonly<{
    replicas?: number;
    maxUnavailable?: number;
    minReplicas?: number;
    maxReplicas?: number;
    metrics?: readonly Readonly<{ type: string; pods?: Readonly<{ metric: Readonly<{ name: string }> }> }>[];
    policyTypes?: readonly string[];
    ingress?: readonly unknown[];
    egress?: readonly Readonly<{ ports: readonly Readonly<{ port: number }>[] }>[];
    template: Readonly<{
      spec: Readonly<{
        containers: readonly [Container];
        securityContext: unknown;
        automountServiceAccountToken: boolean;
        volumes: readonly unknown[];
      }>;
    }>;
  }>;
}>;

const COMPONENT = 'app.kubernetes.io/component';
const chart = (path: string): string => textOf(`deploy/helm/anlan/${path}`);
const rendered = readFileSync(RENDERED, 'utf8');
const things = rendered
  .split(/^---$/m)
  .map((document) => parse(document) as Thing | null)
  .filter((thing): thing is Thing => thing !== null);
const ofKind = (kind: string): readonly Thing[] => things.filter((thing) => thing.kind === kind);

test('rendered.yaml is made from this chart', () => {
  expect(rendered.slice(0, rendered.indexOf('\n'))).toContain(chartDigest());
  const now = render();
  if (now === undefined) process.stderr.write('NOT CHECKED: helm template (no helm here); rendered.yaml stands for it\n');
  else expect(now).toBe(rendered);
});

describe('values', () => {
  const check = new Ajv({ strict: false }).compile(JSON.parse(chart('values.schema.json')) as object);
  const valid = (change: (values: Values) => void): boolean => {
    const values = merged(parse(chart('values.yaml')) as Values, parse(chart('example-values.yaml')) as Values);
    change(values);
    return check(values);
  };
  const at = (values: Values, ...path: readonly string[]): Values => path.reduce((from, key) => from[key] as Values, values);

  test('the example fits; the bare defaults do not, for they name no engine and no secret', () => {
    expect(valid(() => undefined)).toBe(true);
    expect(check(parse(chart('values.yaml')))).toBe(false);
  });

  test.each<[string, (values: Values) => void]>([
    ['a secret among settings', (values) => Object.assign(at(values, 'settings'), { ANLAN_SECRET_KEY: 'x'.repeat(40) })],
    [
      "the owner's address in an app",
      (values) => Object.assign(at(values, 'apps', 'gateway', 'secretKeys'), { ANLAN_POSTGRES_OWNER_URL: 'postgres-owner-url' }),
    ],
    ["the owner's address in all apps", (values) => Object.assign(at(values, 'secrets', 'keys'), { ANLAN_POSTGRES_OWNER_URL: 'x' })],
    ['a misspelt part', (values) => Object.assign(values, { netwrokPolicy: {} })],
    ['no Secret named', (values) => Object.assign(at(values, 'secrets'), { existingSecret: '' })],
    ['the tag latest', (values) => Object.assign(at(values, 'image'), { tag: 'latest' })],
    ['an app left out', (values) => void delete at(values, 'apps')['alarm']],
    ['KEDA without Prometheus', (values) => Object.assign(at(values, 'autoscaling'), { mode: 'keda', prometheusUrl: '' })],
    ['policies without the engines', (values) => Object.assign(at(values, 'networkPolicy'), { engines: [] })],
  ])('refused: %s', (_, change) => {
    expect(valid(change)).toBe(false);
  });

  test('every secret setting of the platform is kept out of plain settings', () => {
    const schema = JSON.parse(chart('values.schema.json')) as { definitions: { settings: { propertyNames: { not: { enum: string[] } } } } };
    expect(new Set(schema.definitions.settings.propertyNames.not.enum)).toEqual(SECRET_SETTINGS);
  });
});

describe.each(APPS)('%s', (app: App) => {
  const deployment = ofKind('Deployment').find(({ metadata }) => metadata.labels[COMPONENT] === app) ?? missing(app);
  const pod = deployment.spec.template.spec;
  const [container] = pod.containers;

  test('runs the same file as everywhere, with settings that would start it', () => {
    expect(container.args).toEqual([`apps/${app}/dist/main.js`]);
    const shared = ofKind('ConfigMap')[0]?.data ?? {};
    const own = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    expect(Object.keys({ ...shared, ...own }).filter((name) => SECRET_SETTINGS.has(name))).toEqual([]);
    expect(faultsOfSettings({ ...shared, ...own })).toEqual([]);
  });

  test('restricted: no root, nothing writable but its own folders, no capability, no token of the cluster', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts).toContainEqual(expect.objectContaining({ name: 'secrets', readOnly: true }));
    expect(container.resources).toMatchObject({
      requests: { cpu: expect.anything(), memory: expect.anything() },
      limits: { memory: expect.anything() },
    });
  });

  test('is probed at its own port', () => {
    expect(container.ports[0]).toEqual({ name: 'http', containerPort: portOf(app) });
    expect(container.startupProbe.httpGet).toMatchObject({ path: '/health/live', port: 'http' });
    expect(container.livenessProbe.httpGet).toMatchObject({ path: '/health/live', port: 'http' });
    expect(container.readinessProbe.httpGet).toMatchObject({ path: '/health/ready', port: 'http' });
  });

  test('never loses all its pods to an eviction, and is scaled or counted, not both', () => {
    const budget = ofKind('PodDisruptionBudget').find(({ metadata }) => metadata.labels[COMPONENT] === app);
    expect(budget?.spec.maxUnavailable).toBe(1);
    const scaler = ofKind('HorizontalPodAutoscaler').find(({ metadata }) => metadata.labels[COMPONENT] === app);
    expect(deployment.spec.replicas === undefined).toBe(scaler !== undefined);
    expect(scaler?.spec.minReplicas ?? deployment.spec.replicas).toBeGreaterThanOrEqual(2);
  });
});

test('S-61: before an install or upgrade the owner migrates; nothing that serves sees its address', () => {
  const [job, ...others] = ofKind('Job');
  expect(others).toEqual([]);
  expect(job?.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
  const pod = job?.spec.template.spec;
  expect(pod?.containers[0]).toMatchObject({
    args: ['apps/cli/bin/anlan.mjs', 'migrate'],
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    env: [
      { name: 'ANLAN_POSTGRES_OWNER_URL_FILE', value: '/run/anlan/secrets/postgres-owner-url' },
      { name: 'ANLAN_POSTGRES_URL_FILE', value: '/run/anlan/secrets/postgres-url' },
    ],
  });
  expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
  // At the first install nothing of the chart is there yet.
  expect(JSON.stringify(pod)).not.toMatch(/configMap|serviceAccountName/);
  for (const deployment of ofKind('Deployment')) expect(JSON.stringify(deployment)).not.toMatch(/owner/i);
});

test('workers that follow the log scale by its lag, up to the partitions', () => {
  const byLag = ofKind('HorizontalPodAutoscaler').filter(({ spec }) => spec.metrics?.[0]?.pods?.metric.name === 'anlan_flow_lag');
  expect(byLag.map(({ metadata }) => metadata.labels[COMPONENT]).sort()).toEqual(['alarm', 'recorder', 'rules']);
  expect(Math.max(...byLag.map(({ spec }) => spec.maxReplicas ?? Infinity))).toBeLessThanOrEqual(16);
});

test('nothing goes in or out unless a policy says so; only the notifier calls out, on 443', () => {
  const policies = Object.fromEntries(ofKind('NetworkPolicy').map((one) => [one.metadata.name, one.spec]));
  expect(Object.keys(policies).sort()).toEqual(['anlan-default', 'anlan-gateway', 'anlan-ingest', 'anlan-notifier']);
  expect(policies['anlan-default']?.policyTypes).toEqual(['Ingress', 'Egress']);
  expect(policies['anlan-default']?.egress?.flatMap(({ ports }) => ports.map(({ port }) => port)).sort()).toEqual([
    53, 53, 5432, 6379, 8086, 9092,
  ]);
  expect(policies['anlan-notifier']?.egress?.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([443]);
});

test('the chart makes no secret and gives its account no right', () => {
  expect(things.filter(({ kind }) => ['Secret', 'Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].includes(kind))).toEqual([]);
  expect(rendered).not.toMatch(/postgres:\/\/|redis:\/\/|password: /i);
});

function missing(app: string): never {
  throw new Error(`no Deployment of ${app}`);
}

/** As Helm lays values over the chart's own: maps key by key, everything else replaced. */
function merged(base: Values, over: Values): Values {
  const isMap = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);
  return Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(over)])].map((key) => {
      const [low, high] = [base[key], over[key]];
      return [key, isMap(low) && isMap(high) ? merged(low, high) : key in over ? high : low];
    }),
  );
}
