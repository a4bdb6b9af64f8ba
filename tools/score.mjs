/**
 * `npm run score [-- --only valve-skab,benchmark-nab] [--alarms]`: what the shipped settings make of real incidents, beside the bars.
 * Runs from source, so nothing has to be built. `test/score/README.md` says what is measured.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const loader = pathToFileURL(join(root, 'tools/ts.mjs')).href;
const { status } = spawnSync(
  process.execPath,
  ['--conditions=@anlan/source', '--import', loader, join(root, 'test/score/main.ts'), ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
