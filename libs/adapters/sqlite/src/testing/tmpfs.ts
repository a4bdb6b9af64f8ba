import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** A small disk of its own, for tests of full and read-only disks; undefined where this user may not mount. */
export function mountTmpfs(path: string, options: string): Readonly<{ readOnly(): void; unmount(): void }> | undefined {
  const run = (command: string, ...args: readonly string[]): void => void execFileSync(command, args, { stdio: 'pipe' });
  mkdirSync(path, { recursive: true });
  try {
    run('mount', '-t', 'tmpfs', '-o', options, 'anlan-test', path);
  } catch {
    return undefined;
  }
  return { readOnly: () => run('mount', '-o', 'remount,ro', path), unmount: () => run('umount', '-l', path) };
}
