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

const folder = mkdtempSync(join(tmpdir(), 'anlan-test-'));
try {
  build();
  const report = join(folder, 'report.json');
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
      ...process.argv.slice(2),
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' },
    },
  );
  if (!existsSync(report)) {
    console.error('the test runner ended without a report');
    console.log('0 passed, 1 failed, 0 skipped');
    process.exit(status || 1);
  }
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
  for (const thing of absent()) console.log(`not there, so not tested: ${thing}`);
  console.log(`${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed, ${numPendingTests} skipped`);
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
