/**
 * `npm run dashboards`: writes dashboards/*.json from libs/dashboards. Same code and packs, same bytes.
 * `--check`: writes nothing; fails where a file differs, and on every fault that Grafana would pass over in silence.
 * Reads the built code, so it builds what is stale first.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { build } from './build.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = join(ROOT, 'dashboards');
const load = (path) => import(pathToFileURL(join(ROOT, path)).href);

function fail(message) {
  console.error(message);
  process.exit(1);
}

build();
const [{ dashboards, faultsOf }, { loadPacks }] = await Promise.all(
  ['libs/dashboards/dist/index.js', 'libs/packs/dist/index.js'].map(load),
);
const all = dashboards(loadPacks());
const faults = faultsOf(all);
if (faults.length > 0) fail(faults.join('\n'));

const style = await resolveConfig(join(FOLDER, 'a.json'));
const texts = new Map();
for (const [name, dashboard] of Object.entries(all))
  texts.set(name, await format(JSON.stringify(dashboard, null, 2), { ...style, parser: 'json' }));

const there = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
const stale = [
  ...[...texts.keys()].filter((name) => !there.includes(name) || readFileSync(join(FOLDER, name), 'utf8') !== texts.get(name)),
  ...there.filter((name) => !texts.has(name)),
];
if (process.argv.includes('--check')) {
  if (stale.length > 0) fail(`dashboards is not what the code says: ${stale.join(', ')}. Run: npm run dashboards`);
} else {
  mkdirSync(FOLDER, { recursive: true });
  for (const name of stale) {
    if (texts.has(name)) writeFileSync(join(FOLDER, name), texts.get(name));
    else rmSync(join(FOLDER, name));
    console.error(`dashboards/${name}`);
  }
}
