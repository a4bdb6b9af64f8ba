import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../rig/platform.js';

type LockEntry = Readonly<{
  dev?: boolean;
  optional?: boolean;
  link?: boolean;
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
}>;
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Readonly<{
  packages: Readonly<Record<string, LockEntry>>;
}>;
const ALLOWED =
  /^\(?(MIT|MIT-0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD|Apache-2\.0|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Python-2\.0|OFL-1\.1|CC-BY-4\.0)( (OR|AND) .*)?\)?$/;
/** Packages whose package.json names no licence, or an odd one, and why they may stay. */
const NAMED: Readonly<Record<string, string>> = { busboy: 'MIT by its LICENSE file', streamsearch: 'MIT by its LICENSE file' };
/** Packages with an install script. All run with scripts off; none may download. */
const WITH_SCRIPTS = new Set(['@swc/core', 'nx', '@parcel/watcher', '@scarf/scarf', 'unrs-resolver', 'fsevents']);

const shipped = Object.entries(lock.packages).filter(([path, entry]) => path.includes('node_modules/') && !entry.dev && !entry.link);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('S-69 supply chain', () => {
  test('every package that ships has an allowed licence', () => {
    const refused = shipped.flatMap(([path]) => {
      const file = join(ROOT, path, 'package.json');
      if (!existsSync(file)) return [];
      const { license } = JSON.parse(readFileSync(file, 'utf8')) as { license?: string | { type?: string } };
      const text = typeof license === 'string' ? license : (license?.type ?? 'none');
      return ALLOWED.test(text) || NAMED[nameOf(path)] ? [] : [`${nameOf(path)}: ${text}`];
    });
    expect(refused).toEqual([]);
  });

  test('no package with an install script slips in', () => {
    const unknown = Object.entries(lock.packages).filter(([path, entry]) => entry.hasInstallScript && !WITH_SCRIPTS.has(nameOf(path)));
    expect(unknown.map(([path]) => path)).toEqual([]);
  });

  test('the lock names no download host', () => {
    const hosts = Object.entries(lock.packages).filter(([, entry]) => entry.resolved?.startsWith('http') ?? false);
    expect(hosts.map(([path]) => path)).toEqual([]);
  });
});
