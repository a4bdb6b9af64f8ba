import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SOURCES } from '@anlan/dashboards';
import { parse } from 'yaml';
import { APPS, ROOT, SECRET_SETTINGS, faultsOfSettings, portOf, textOf, type App } from './files.js';

type Service = Readonly<{
  image: string;
  build?: unknown;
  user?: string;
  read_only?: boolean;
  cap_drop?: readonly string[];
  security_opt?: readonly string[];
  command?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  secrets?: readonly string[];
  volumes?: readonly string[];
  ports?: readonly string[];
  networks?: readonly string[];
  profiles?: readonly string[];
  healthcheck?: Readonly<{ test: readonly string[] }>;
  depends_on?: Readonly<Record<string, Readonly<{ condition: string }>>>;
  deploy?: Readonly<{ resources?: Readonly<{ limits: Readonly<Record<string, string | number>> }> }>;
}>;
type Compose = Readonly<{
  services: Readonly<Record<string, Service>>;
  networks: Readonly<Record<string, Readonly<{ internal?: boolean }>>>;
  secrets: Readonly<Record<string, Readonly<{ file: string }>>>;
  volumes: Readonly<Record<string, unknown>>;
}>;

const text = textOf('docker-compose.yml');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const appOf = (name: string): App | undefined => APPS.find((app) => name === app || name === `${app}-more`);
const apps = services.flatMap(([name, service]) => {
  const app = appOf(name);
  return app === undefined ? [] : [[name, service, app] as const];
});
/** `${NAME:-default}` as without any setting. */
const filled = (value: string): string => value.replace(/\$\{\w+:-([^}]*)\}/g, '$1');

test('each app is there, and so are the engines, Grafana and Prometheus', () => {
  expect(Object.keys(compose.services)).toEqual(
    expect.arrayContaining([...APPS, 'kafka', 'influxdb', 'redis', 'postgres', 'mosquitto', 'grafana', 'prometheus']),
  );
  const profiles = new Set(services.flatMap(([, { profiles: named = [] }]) => named));
  expect([...profiles].sort()).toEqual(['demo', 'scale', 'traces']);
});

describe.each(apps)('%s', (name, service, app) => {
  test('runs the file that start:distributed runs, from the one image', () => {
    expect(textOf('tools/start-distributed.mjs')).toContain('apps/${app}/dist/main.js');
    expect(service.command).toEqual([`apps/${app}/dist/main.js`]);
    expect(existsSync(join(ROOT, `apps/${app}/src/main.ts`))).toBe(true);
    expect(service.image).toBe('${ANLAN_IMAGE:-anlan:0.1.0}');
  });

  test('its settings would start it', () => {
    const environment = Object.entries(service.environment ?? {}).flatMap(([key, value]) =>
      key.startsWith('ANLAN_') ? [[key, filled(String(value))] as const] : [],
    );
    expect(environment.map(([key]) => key).filter((key) => SECRET_SETTINGS.has(key))).toEqual([]);
    expect(faultsOfSettings(Object.fromEntries(environment))).toEqual([]);
  });

  test('every secret that a setting names is mounted, and no other', () => {
    const named = Object.entries(service.environment ?? {}).flatMap(([key, value]) =>
      key.endsWith('_FILE') ? [value.replace('/run/secrets/', '')] : [],
    );
    expect([...(service.secrets ?? [])].sort()).toEqual(named.sort());
  });

  test('is asked for its health at its own port, without a shell', () => {
    expect(service.healthcheck?.test).toEqual([
      'CMD',
      '/usr/local/bin/node',
      'deploy/healthcheck.mjs',
      `http://127.0.0.1:${portOf(app)}/health/ready`,
    ]);
  });

  test('is unprivileged, read-only and bounded, and reaches out only where it must', () => {
    expect(service).toMatchObject({ user: '65532:65532', read_only: true });
    expect(service.networks).toContain('core');
    expect(service.networks?.includes('out')).toBe(app === 'notifier');
    expect(service.networks?.includes('edge')).toBe(app === 'gateway' || app === 'ingest');
    if (name !== 'gateway') expect(service.depends_on?.['gateway']).toEqual({ condition: 'service_healthy' });
  });
});

describe.each(services)('%s', (_, service) => {
  test('drops every capability, has limits, a pinned image and no root', () => {
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect(Object.keys(service.deploy?.resources?.limits ?? {}).sort()).toEqual(['cpus', 'memory', 'pids']);
    expect(service.image).toMatch(/:-?[\w.-]*\d+\.\d+[\w.-]*\}?$/);
    // Kafka's own image names its user itself: it is not root either.
    if (!service.image.startsWith('apache/kafka')) expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  test('is published on loopback unless somebody says otherwise', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^\$\{ANLAN_PUBLISH_ADDRESS:-127\.0\.0\.1\}:/);
  });

  test('mounts only what is there', () => {
    const own = (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
    for (const path of own) {
      if (path.startsWith('./')) expect({ path, there: existsSync(join(ROOT, path)) }).toEqual({ path, there: true });
      else expect(Object.keys(compose.volumes)).toContain(path);
    }
    for (const name of service.secrets ?? []) expect(Object.keys(compose.secrets)).toContain(name);
  });
});

test('S-61: accounts, then tables and rights, then the apps; only what runs once holds the password of the owner', () => {
  const { migrate, gateway } = compose.services;
  expect(migrate?.command).toEqual(['apps/cli/bin/anlan.mjs', 'migrate']);
  expect(migrate?.depends_on).toEqual({ 'records-roles': { condition: 'service_completed_successfully' } });
  expect(gateway?.depends_on?.['migrate']).toEqual({ condition: 'service_completed_successfully' });
  const holders = services.filter(([, { secrets = [] }]) =>
    secrets.some((name) => name === 'postgres_url' || name === 'postgres_password'),
  );
  expect(holders.map(([name]) => name).sort()).toEqual(['migrate', 'postgres', 'records-roles', 'records-views']);
});

test('what talks among itself has no way out', () => {
  expect(compose.networks).toMatchObject({ core: { internal: true } });
  const outside = services.filter(([, { networks = [] }]) => networks.includes('edge') || networks.includes('out')).map(([name]) => name);
  expect(outside.sort()).toEqual(['gateway', 'grafana', 'ingest', 'ingest-more', 'jaeger', 'mosquitto', 'notifier']);
});

test('no password stands in the file, and none has a default', () => {
  const suspicious = services.flatMap(([name, { environment = {} }]) =>
    Object.entries(environment)
      .filter(([key, value]) => /PASSWORD|TOKEN|SECRET_KEY|WEBHOOK_SECRET/.test(key) && !String(value).startsWith('/run/secrets/'))
      .map(([key]) => `${name}.${key}`),
  );
  expect(suspicious).toEqual([]);
  for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\$\{ANLAN_SECRETS_DIR:\?[^}]*\}\/[\w.]+$/);
});

describe('prepare.mjs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anlan-compose-'));
  const prepare = (): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [join(ROOT, 'deploy/compose/prepare.mjs'), '--demo', folder], { encoding: 'utf8' });
  const contents = (): readonly string[] =>
    readdirSync(join(folder, 'secrets')).map((name) => readFileSync(join(folder, 'secrets', name), 'utf8'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('makes every secret that compose mounts, once, behind a closed folder', () => {
    expect(prepare().status).toBe(0);
    const made = contents();
    const wanted = Object.values(compose.secrets).map(({ file }) => file.replace(/^.*\//, ''));
    expect(readdirSync(join(folder, 'secrets'))).toEqual(expect.arrayContaining(wanted));
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    expect(made.every((secret) => secret.trim().length >= 20)).toBe(true);
    expect(prepare().status).toBe(0);
    expect(contents()).toEqual(made);
  });

  test('with docker here: compose takes the file with all profiles, and refuses it without the secrets', () => {
    const version = spawnSync('docker', ['compose', 'version']);
    if (version.status !== 0) {
      process.stderr.write('NOT CHECKED: docker compose config (no docker compose here)\n');
      return;
    }
    const config = (...more: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync('docker', ['compose', ...more, '-f', join(ROOT, 'docker-compose.yml'), 'config', '-q'], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DOCKER_CONFIG: process.env['DOCKER_CONFIG'] },
      });
    expect(config('--env-file', join(folder, 'env'), '--profile', 'scale', '--profile', 'demo')).toMatchObject({ status: 0 });
    expect(config().status).not.toBe(0);
  });
});

describe('watching', () => {
  type Scrape = Readonly<{ job_name: string; dns_sd_configs: readonly Readonly<{ names: readonly string[]; port: number }>[] }>;

  test('Prometheus asks every container of every app at its port', () => {
    const { scrape_configs: jobs } = parse(textOf('deploy/compose/prometheus.yml')) as { scrape_configs: readonly Scrape[] };
    const asked = jobs.flatMap(({ dns_sd_configs: found }) =>
      found.flatMap(({ names, port }) => names.map((name) => [name, port] as const)),
    );
    expect(Object.fromEntries(asked)).toEqual(Object.fromEntries(apps.map(([name, , app]) => [name, portOf(app)])));
    expect(jobs.map(({ job_name: job }) => job).sort()).toEqual([...APPS].sort());
  });

  test('Grafana has the data sources that the dashboards name, with passwords from files and what else it needs', () => {
    const file = textOf('deploy/grafana/provisioning/datasources/anlan.yaml');
    const { datasources } = parse(file) as {
      datasources: readonly Readonly<{ uid: string; type: string; secureJsonData?: Record<string, string> }>[];
    };
    expect(datasources.map(({ uid, type }) => ({ uid, type }))).toEqual(Object.values(SOURCES));
    const { environment = {}, secrets = [] } = compose.services['grafana'] ?? {};
    expect(Object.keys(environment)).toEqual(expect.arrayContaining([...file.matchAll(/\$(ANLAN_\w+)/g)].map(([, name]) => name)));
    const secretFiles = datasources.flatMap(({ secureJsonData = {} }) => Object.values(secureJsonData));
    expect(secretFiles).toHaveLength(2);
    for (const one of secretFiles) expect(secrets).toContain(/^\$__file\{\/run\/secrets\/(\w+)\}$/.exec(one)?.[1]);
    const { providers } = parse(textOf('deploy/grafana/provisioning/dashboards/anlan.yaml')) as {
      providers: readonly { options: { path: string } }[];
    };
    expect(compose.services['grafana']?.volumes).toContain(`./dashboards:${providers[0]?.options.path ?? ''}:ro`);
  });
});

describe('image', () => {
  const dockerfile = textOf('Dockerfile');
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

  test('the last stage has Node, built code and production packages, and runs as nobody', () => {
    expect(last).toContain('USER 65532:65532');
    expect(last).toContain('ENTRYPOINT ["/usr/local/bin/node"]');
    expect(last).not.toMatch(/\bRUN\b/);
    expect(dockerfile).toContain('npm ci --omit=dev');
    expect(dockerfile).not.toMatch(/(ARG|ENV)\s+\S*(PASSWORD|TOKEN|SECRET)/);
    for (const image of dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)) expect(image[1]).toMatch(/:(?!latest)\S+$/);
  });

  test('nothing of this machine goes into the build', () => {
    const ignored = textOf('.dockerignore').split('\n');
    expect(ignored).toEqual(
      expect.arrayContaining(['.git', '.engines', 'data', '**/node_modules', '**/dist', '**/.env*', '**/*.key', '**/*.pem']),
    );
  });

  test('the health check says 1 when nobody answers', () => {
    const { status } = spawnSync(process.execPath, [join(ROOT, 'deploy/healthcheck.mjs'), 'http://127.0.0.1:1/health/ready']);
    expect(status).toBe(1);
  });
});
