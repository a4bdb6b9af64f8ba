import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

const REPO = fileURLToPath(new URL('../../../../../', import.meta.url));
const PACKAGES = {
  contracts: 'libs/contracts',
  ports: 'libs/ports',
  observability: 'libs/observability',
  'adapter-sqlite': 'libs/adapters/sqlite',
} as const;

/**
 * Compiles this adapter and what it stands on, as they are now, into a folder where plain Node finds them: threads and child
 * processes know nothing of Jest. The folder lies inside the repository so that other packages are found above it.
 */
export function compiledForNode(): Readonly<{ folder: string; remove(): void }> {
  const dist = join(REPO, PACKAGES['adapter-sqlite'], 'dist');
  mkdirSync(dist, { recursive: true });
  const folder = mkdtempSync(join(dist, 'spec-'));
  // A package of its own, or Node would take the names for those of the package around it.
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const [name, from] of Object.entries(PACKAGES)) compile(join(REPO, from), join(folder, 'node_modules', '@anlan', name));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

function compile(from: string, to: string): void {
  const swc: unknown = JSON.parse(readFileSync(join(REPO, '.swcrc'), 'utf8'));
  mkdirSync(to, { recursive: true });
  cpSync(join(from, 'package.json'), join(to, 'package.json'));
  for (const file of readdirSync(join(from, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || /\.spec\.|^(contract|testing)\//.test(file)) continue;
    const { code } = transformFileSync(join(from, 'src', file), { ...(swc as object), swcrc: false });
    const target = join(to, 'dist', file.replace(/ts$/, 'js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
}
