import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { running } from '../../tools/engines/supervisor.mjs';
import { ROOT } from '../rig/platform.js';

const FOLDER = join(ROOT, '.engines');
const RUN_FILE = '.run.json';

/** The engines of `npm run engines` that run now, by the name of their process. */
export function enginePids(): Readonly<Record<string, number>> {
  const folders = existsSync(FOLDER) ? readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory()) : [];
  const noted = folders.flatMap(({ name: folder }) =>
    readdirSync(join(FOLDER, folder))
      .filter((file) => file.endsWith(RUN_FILE))
      .map((file) => ({ folder: join(FOLDER, folder), name: file.slice(0, -RUN_FILE.length) })),
  );
  const found = noted.map(({ folder, name }): readonly [string, number | undefined] => [name, running(folder, name)]);
  return Object.fromEntries(found.filter((entry): entry is readonly [string, number] => entry[1] !== undefined));
}
