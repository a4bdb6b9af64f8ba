/**
 * `npm test`: builds, runs every Jest project, says which engines and data were not there, and prints
 * `N passed, N failed, N skipped` alone on the last line. Arguments go to Jest (`npm test -- alarms`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');

/** As libs/testing/src/engines.ts knows them: setting that names the address → what is not tested without it. */
const ENGINES = {
  ANLAN_KAFKA_BROKERS: 'Apache Kafka',
  ANLAN_POSTGRES_URL: 'PostgreSQL',
  ANLAN_REDIS_URL: 'Redis',
  ANLAN_INFLUX_URL: 'InfluxDB API',
  ANLAN_TEST_VICTORIA_URL: 'VictoriaMetrics',
  ANLAN_MQTT_URL: 'Mosquitto',
};
const ENGINE_FILE = join(ROOT, '.engines/env');

/** Folders that hold a jest.config.js, two levels below the workspaces. */
function projects() {
  return ['libs', 'libs/adapters', 'apps', '.']
    .flatMap((base) =>
      readdirSync(join(ROOT, base), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(ROOT, base, entry.name)),
    )
    .filter((folder) => existsSync(join(folder, 'jest.config.js')));
}

function absent() {
  const missing = [];
  if (!existsSync('/usr/bin/chromium') && !process.env.CHROMIUM) missing.push('Chromium (console in a real browser)');
  if (!existsSync(join(ROOT, '../shared/data'))) missing.push('the real measurements beside the project (replay of real data)');
  const started = existsSync(ENGINE_FILE) ? readFileSync(ENGINE_FILE, 'utf8').split('\n') : [];
  for (const [setting, engine] of Object.entries(ENGINES))
    if (!process.env[setting] && !started.some((line) => line.startsWith(`${setting}=`))) missing.push(`${engine} (npm run engines)`);
  return missing;
}

/** Acceptance tests that use nothing but the outside contract: with engines they run once more, unchanged, on the distributed form. */
const ON_BOTH_FORMS = ['cli', 'console', 'derived-points', 'limits-by-version', 'main-job', 'outage-backfill', 'real-data'].map(
  (name) => `test/e2e/${name}.spec`,
);

/** One run of the test runner; what came of it. */
function run(report, args, env = {}) {
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      '--projects',
      ...projects().map((path) => relative(ROOT, path)),
      '--passWithNoTests',
      '--testTimeout',
      '120000',
      '--json',
      '--outputFile',
      report,
      ...args,
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...env, NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' },
    },
  );
  if (!existsSync(report)) {
    console.error('the test runner ended without a report');
    return { status: status || 1, passed: 0, failed: 1, skipped: 0 };
  }
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
  return { status: status ?? 1, passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests };
}

const folder = mkdtempSync(join(tmpdir(), 'anlan-test-'));
try {
  build();
  const args = process.argv.slice(2);
  const missing = absent();
  const runs = [run(join(folder, 'report.json'), args)];
  const hasEngines = !missing.some((thing) => thing.includes('npm run engines'));
  if (args.length === 0 && hasEngines) {
    console.error('\nthe acceptance tests once more, on the distributed form');
    runs.push(run(join(folder, 'distributed.json'), ON_BOTH_FORMS, { ANLAN_TEST_FORM: 'distributed' }));
  }
  const sum = (name) => runs.reduce((total, one) => total + one[name], 0);
  for (const thing of missing) console.log(`not there, so not tested: ${thing}`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  process.exitCode = runs.find(({ status }) => status !== 0)?.status ?? 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
