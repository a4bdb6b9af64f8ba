/**
 * `npm run bench [-- --rates 2000,8000 --seconds 20 --node-red DIR --json-rules-engine DIR --only w1,core,kinds,w1r,startup --systems anlan,floor,node-red --no-build]`
 * Prints one table and one JSON line a case. `docs/bench.md` says what is measured.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2).filter((arg) => arg !== '--no-build');
if (args.length === process.argv.length - 2) build();
const loader = pathToFileURL(join(root, 'tools/ts.mjs')).href;
const { status } = spawnSync(process.execPath, ['--expose-gc', '--import', loader, join(root, 'test/bench/main.ts'), ...args], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
