import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './platform.js';

const run = (command: string, ...args: readonly string[]): void =>
  void execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** A place where file systems of a test are mounted; `remove` unmounts all. */
export type Mounts = Readonly<{
  /** A file system of its own in an image file; what is not synced is not in that file. */
  image(name: string, megabytes: number): Readonly<{ file: string; path: string }>;
  /** The disk as it would be found after a cut of power just now. The writer must be stopped (SIGSTOP). Gives where it is mounted. */
  cut(file: string, name: string): string;
  memory(name: string, megabytes: number): string;
  unmount(path: string): void;
  remove(): void;
}>;

export function mounts(): Mounts {
  const folder = temporaryFolder();
  const mounted = new Set<string>();
  const at = (name: string): string => {
    const path = join(folder.path, name);
    mkdirSync(path);
    return path;
  };
  const mountOn = (path: string, ...args: readonly string[]): string => {
    run('mount', ...args, path);
    mounted.add(path);
    return path;
  };
  const unmount = (path: string): void => {
    // Lazily: a database handle of this process is let go by the garbage collector only, and what a failed test holds open must not hide why it failed.
    run('umount', '-l', path);
    mounted.delete(path);
  };
  return {
    image(name, megabytes) {
      const file = join(folder.path, `${name}.img`);
      run('truncate', '-s', `${megabytes}M`, file);
      run('mkfs.ext4', '-q', '-F', file);
      return { file, path: mountOn(at(name), '-o', 'loop', file) };
    },
    cut(file, name) {
      const copy = join(folder.path, `${name}.img`);
      run('cp', '--sparse=always', file, copy);
      return mountOn(at(name), '-o', 'loop', copy);
    },
    memory: (name, megabytes) => mountOn(at(name), '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs'),
    unmount,
    remove() {
      for (const path of [...mounted].reverse()) unmount(path);
      rmSync(folder.path, { recursive: true, force: true });
    },
  };
}

/** Takes all space that is left on the file system of `path`, which is written anew. */
export function fill(path: string): void {
  const file = openSync(path, 'w');
  for (const size of [65_536, 4_096, 1]) {
    try {
      for (;;) if (writeSync(file, Buffer.alloc(size, 1)) < size) break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(file);
}

/** Why this machine cannot mount such file systems, or undefined when it can. */
export function whyNoMounts(): string | undefined {
  const trial = mounts();
  try {
    trial.image('trial', 8);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  } finally {
    trial.remove();
  }
}

/** A test that needs mounts: loudly not checked where there are none. */
export function testWithMounts(name: string, body: () => Promise<void>, timeoutMs: number): void {
  const why = whyNoMounts();
  if (why === undefined) return test(name, body, timeoutMs);
  process.stderr.write(`\n*** not checked, because file systems cannot be mounted here (${why}): ${name}\n`);
  test.skip(`not checked (no mounts here): ${name}`, body, timeoutMs);
}
