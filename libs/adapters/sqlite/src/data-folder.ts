import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import NativeDatabase from 'libsql';
import { StoreFault, type StoreFaultCode, errorCode, storeFaultOf } from './store-fault.js';

export type DataFolderOptions = Readonly<{
  path: string;
  /** How long to wait while another process holds the folder; 10 s if left out. */ waitMs?: number;
}>;
/** A folder that is ours alone until `release` or the end of the process. */
export type DataFolder = Readonly<{
  path: string;
  /** Path of a file in it. */
  file(name: string): string;
  /** The named secret of 32 random bytes, made at first use and readable by this user only. */
  secret(name: string): Uint8Array;
  /** Bytes free for us on its disk. */
  freeBytes(): number;
  release(): void;
}>;

/** Stands in the folder while a backup is being put back: what is there is not whole. */
export const UNFINISHED_RESTORE = 'restore-unfinished';

const DEFAULT_WAIT_MS = 10_000;
const ASK_AGAIN_MS = 100;
const SECRET_BYTES = 32;
const FOLDER_MODE = 0o700;
const SECRET_MODE = 0o600;

/**
 * Makes the folder if need be, checks that it can be written, and locks it. The lock is one of the operating system (on `lock.db`),
 * so it ends with the process however that ends. Rejects with StoreFault: `locked`, `read_only`, `full`, `not_a_directory`, `not_permitted`,
 * `corrupt` (a restore into it did not finish).
 */
export async function openDataFolder({ path, waitMs = DEFAULT_WAIT_MS }: DataFolderOptions): Promise<DataFolder> {
  const folder = resolve(path);
  makeFolder(folder);
  if (existsSync(join(folder, UNFINISHED_RESTORE)))
    throw new StoreFault('corrupt', folder, `a restore into ${folder} did not finish: empty the folder and restore again`);
  tryWriting(folder);
  const lock = await lockFolder(join(folder, 'lock.db'), folder, waitMs);
  return {
    path: folder,
    file: (name) => join(folder, name),
    secret: (name) => secretIn(folder, name),
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    },
    release: () => lock.close(),
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw folderFault(folder, error);
  }
  if (!statSync(folder).isDirectory()) throw new StoreFault('not_a_directory', folder, `${folder} is not a folder`);
  try {
    chmodSync(folder, FOLDER_MODE);
  } catch (error) {
    throw folderFault(folder, error);
  }
}

/** A whole block, flushed: a full disk may still take an empty file. */
function tryWriting(folder: string): void {
  const probe = join(folder, `.probe-${process.pid}`);
  try {
    writeDurably(probe, Buffer.alloc(4_096));
  } catch (error) {
    throw folderFault(folder, error);
  } finally {
    rmSync(probe, { force: true });
  }
}

const FAULTS: Readonly<Record<string, readonly [StoreFaultCode, string]>> = {
  EROFS: ['read_only', 'is on a disk that is mounted read-only'],
  EACCES: ['not_permitted', 'may not be written by this user'],
  EPERM: ['not_permitted', 'belongs to another user'],
  ENOSPC: ['full', 'is on a disk that is full'],
  EDQUOT: ['full', 'has no quota left'],
  ENOTDIR: ['not_a_directory', 'is not a folder'],
  EEXIST: ['not_a_directory', 'is not a folder'],
};

function folderFault(folder: string, error: unknown): StoreFault {
  const [code, words] = FAULTS[errorCode(error)] ?? (['cannot_open', 'cannot be used'] as const);
  return new StoreFault(code, folder, `the data folder ${folder} ${words} (${error instanceof Error ? error.message : String(error)})`, {
    cause: error,
  });
}

async function lockFolder(file: string, folder: string, waitMs: number): Promise<NativeDatabase.Database> {
  const until = performance.now() + waitMs;
  for (;;) {
    const held = tryLock(file, folder);
    if (held !== undefined) return held;
    if (performance.now() >= until)
      throw new StoreFault('locked', folder, `the data folder ${folder} is in use by another process (waited ${waitMs} ms)`);
    await sleep(ASK_AGAIN_MS);
  }
}

/** Holds an exclusive transaction open; undefined while somebody else does. */
function tryLock(file: string, folder: string): NativeDatabase.Database | undefined {
  let lock: NativeDatabase.Database | undefined;
  try {
    lock = new NativeDatabase(file);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (/^SQLITE_(BUSY|LOCKED)/.test(errorCode(error))) return undefined;
    throw storeFaultOf(folder, error);
  }
}

/** Written beside and linked into place, so that a crash leaves either the whole secret or none, and two makers get the same. */
function secretIn(folder: string, name: string): Uint8Array {
  const file = join(folder, name);
  const fresh = `${file}.new-${process.pid}`;
  try {
    return checkedSecret(file, readFileSync(file));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error instanceof StoreFault ? error : folderFault(folder, error);
  }
  try {
    writeDurably(fresh, randomBytes(SECRET_BYTES));
    linkSync(fresh, file);
    flushFolder(folder);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw folderFault(folder, error);
  } finally {
    rmSync(fresh, { force: true });
  }
  return checkedSecret(file, readFileSync(file));
}

function checkedSecret(file: string, bytes: Buffer): Uint8Array {
  if (bytes.length !== SECRET_BYTES)
    throw new StoreFault('corrupt', file, `${file} is damaged: ${bytes.length} bytes instead of ${SECRET_BYTES}`);
  if ((statSync(file).mode & 0o077) !== 0)
    throw new StoreFault('not_permitted', file, `${file} can be read by other users; its mode must be 600`);
  return new Uint8Array(bytes);
}

/** A file for its owner only, on the disk when it returns. */
export function writeDurably(file: string, bytes: Uint8Array): void {
  const handle = openSync(file, 'w', SECRET_MODE);
  try {
    writeFileSync(handle, bytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The names in a folder, on the disk when it returns. */
export function flushFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
