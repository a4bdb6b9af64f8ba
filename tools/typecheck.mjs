/** `npm run typecheck`: every project with its specs, two at a time. The build (`tsc -b`) must have run. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = join(dirname(createRequire(import.meta.url).resolve('@typescript/native/package.json')), 'bin/tsc');

const configs = ['libs', 'libs/adapters', 'apps', '.']
  .flatMap((base) =>
    readdirSync(join(root, base), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(base, entry.name)),
  )
  .flatMap((folder) =>
    ['tsconfig.spec.json', 'tsconfig.json']
      .map((name) => join(folder, name))
      .filter((file) => existsSync(join(root, file)))
      .slice(0, 1),
  );

const check = (config) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [tsc, '-p', config, '--noEmit'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('exit', (code) => resolve(code === 0 ? [] : [config]));
  });

const failed = [];
const waiting = [...configs];
await Promise.all(
  [1, 2].map(async () => {
    for (let config = waiting.shift(); config; config = waiting.shift()) failed.push(...(await check(config)));
  }),
);
if (failed.length > 0) {
  console.error(`types do not hold in ${failed.join(', ')}`);
  process.exit(1);
}
console.log(`types hold in ${configs.length} projects`);
