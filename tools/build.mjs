/**
 * Builds what `npm start` runs, when it is stale: all TypeScript projects (`tsc -b`) and the console (Vite).
 * Stale = a source file is newer than the stamp of the last build. `--force` builds anyway.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMP = join(ROOT, 'node_modules', '.anlan', 'build.json');
const SKIP = new Set(['node_modules', 'dist', 'coverage']);

/** Newest change time below a folder, sources only. */
function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIP.has(entry.name)) continue;
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}

/** Runs a package's own command with this Node, wherever npm put the package. */
function run(from, packageName, bin, args) {
  const home = dirname(createRequire(join(from, 'package.json')).resolve(`${packageName}/package.json`));
  const { status } = spawnSync(process.execPath, [join(home, bin), ...args], { cwd: from, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

function lastBuild() {
  return existsSync(STAMP) ? JSON.parse(readFileSync(STAMP, 'utf8')) : { code: 0, console: 0 };
}

/** Builds the stale parts; says so on stderr. */
export function build(force = false) {
  const last = force ? { code: 0, console: 0 } : lastBuild();
  const started = Date.now();
  const consoleAt = newest(join(ROOT, 'apps/console'));
  const codeAt = Math.max(newest(join(ROOT, 'libs')), newest(join(ROOT, 'apps')), statSync(join(ROOT, 'tsconfig.base.json')).mtimeMs);
  const contractsAt = newest(join(ROOT, 'libs/contracts'));
  const distThere = existsSync(join(ROOT, 'apps/standalone/dist/main.js')) && existsSync(join(ROOT, 'apps/console/dist/index.html'));
  if (codeAt > last.code || !distThere) {
    console.error('building the platform …');
    run(ROOT, '@typescript/native', 'bin/tsc', ['-b', 'tsconfig.json']);
    const kept = spawnSync(process.execPath, ['--input-type=module', '-e', "(await import('@anlan/packs')).keepPacks()"], {
      cwd: join(ROOT, 'libs/compose'),
      stdio: ['ignore', 2, 2],
    });
    if (kept.status !== 0) process.exit(kept.status ?? 1);
  }
  if (Math.max(consoleAt, contractsAt) > last.console || !distThere) {
    console.error('building the console …');
    run(join(ROOT, 'apps/console'), 'vite', 'bin/vite.js', ['build', '--logLevel', 'warn']);
  }
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, JSON.stringify({ code: started, console: started }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build(process.argv.includes('--force'));
