import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MANIFEST, type BackupFile, type Manifest, copyHashed, hashOf, readManifest } from './backup-manifest.js';
import { type DataFolder, UNFINISHED_RESTORE, flushFolder, openDataFolder, writeDurably } from './data-folder.js';
import { openDatabase } from './database.js';
import { StoreFault } from './store-fault.js';

export type StorageFailure = Readonly<{ kind: 'failed'; why: string }>;
export type StorageReport = Readonly<{
  kind: 'done';
  folder: string;
  files: readonly BackupFile[];
  /** Names that were left out, because they are no plain files. */ skipped: readonly string[];
}>;
export type FileCheck = Readonly<{ name: string; /** What is wrong with it; null: nothing. */ fault: string | null }>;
/** `in_use`: a server runs on the folder, so its files were not opened. */
export type FolderCheck = Readonly<{ kind: 'checked'; files: readonly FileCheck[] }> | Readonly<{ kind: 'in_use' }> | StorageFailure;

/** Work on the data folder of a server that is stopped. Expected failures are values; each call holds the folder's lock. */
export type StorageTools = Readonly<{
  /** Copies every file into `target`, which must be empty or absent, with a manifest of their hashes. */
  backup(options: Readonly<{ folder: string; target: string }>): Promise<StorageReport | StorageFailure>;
  /** Copies a backup into `folder`, which must be empty or absent. Nothing is written unless every hash is right. */
  restore(options: Readonly<{ from: string; folder: string }>): Promise<StorageReport | StorageFailure>;
  /** Reads every database through. */
  check(folder: string): Promise<FolderCheck>;
}>;
export type StorageToolsDeps = Readonly<{
  /** Who asks; undefined where the system knows no user numbers. Only the owner of a data folder may work on it. */
  uid: number | undefined;
  now(): number;
  /** SQL to run in a file after it was restored, by file name. */
  afterRestore: Readonly<Record<string, string>>;
}>;

/** Made anew at each start, or of use only while a process runs. */
const NOT_KEPT = /^(lock\.db|cli-token$|\.)|(-wal|-shm|-journal)$|\.new-\d+$/;
const isDatabase = (name: string): boolean => name.endsWith('.db') && !NOT_KEPT.test(name);

export function storageTools(deps: StorageToolsDeps): StorageTools {
  return {
    backup: ({ folder, target }) => expected(() => backUp(resolve(folder), resolve(target), deps)),
    restore: ({ from, folder }) => expected(() => putBack(resolve(from), resolve(folder), deps)),
    check: (folder) => checkFolder(resolve(folder), deps),
  };
}

/** A folder or file that cannot be used is an answer; anything else stays an error. */
async function expected<T>(work: () => Promise<T | StorageFailure>): Promise<T | StorageFailure> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreFault)
      return failure(error.code === 'locked' ? `${error.file} is in use: stop the server first` : error.message);
    throw error;
  }
}

const failure = (why: string): StorageFailure => ({ kind: 'failed', why });
const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

async function held<T>(folder: string, work: (folder: DataFolder) => Promise<T>): Promise<T> {
  const lock = await openDataFolder({ path: folder, waitMs: 0 });
  try {
    return await work(lock);
  } finally {
    lock.release();
  }
}

/** Why this user may not work on this folder, or undefined. Files made by another user would lock the server out. */
function foreign(folder: string, { uid }: StorageToolsDeps): string | undefined {
  const owner = statSync(folder).uid;
  return uid === undefined || owner === uid
    ? undefined
    : `${folder} belongs to user ${owner}, and this is user ${uid}: run this as its owner`;
}

async function backUp(folder: string, target: string, deps: StorageToolsDeps): Promise<StorageReport | StorageFailure> {
  if (!existsSync(folder)) return failure(`there is no data folder ${folder}`);
  const stranger = foreign(folder, deps);
  if (stranger !== undefined) return failure(stranger);
  if (namesIn(target).length > 0) return failure(`${target} is not empty`);
  return held(folder, async () => {
    const names = namesIn(folder).filter((name) => !NOT_KEPT.test(name));
    const plain = names.filter((name) => lstatSync(join(folder, name)).isFile());
    const databases = plain.filter(isDatabase);
    // Beside the distributed form a folder holds a secret or two; a copy of those must not look like a backup.
    if (databases.length === 0)
      return failure(`${folder} holds no database: what the distributed form keeps is in its engines, and is backed up by their means`);
    for (const name of databases) settle(join(folder, name));
    mkdirSync(target, { recursive: true, mode: 0o700 });
    const files: BackupFile[] = [];
    for (const name of plain) files.push({ name, ...(await copyHashed(join(folder, name), join(target, name))) });
    const manifest: Manifest = { format: 1, madeAt: new Date(deps.now()).toISOString(), files };
    flushFolder(target);
    writeDurably(join(target, MANIFEST), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
    flushFolder(target);
    return { kind: 'done', folder: target, files, skipped: names.filter((name) => !plain.includes(name)) };
  });
}

/** Reads the whole file through and moves its write-ahead file into it, so that the file alone is all there is. Throws StoreFault. */
function settle(file: string): void {
  const database = openDatabase(file, { checkUpToBytes: 0 });
  try {
    const found = database.prepare('PRAGMA integrity_check(3)').all<Readonly<{ integrity_check: string }>>();
    const faults = found.map((row) => row.integrity_check).filter((text) => text !== 'ok');
    if (faults.length > 0) throw new StoreFault('corrupt', file, `${file} is damaged: ${faults.join('; ')}`);
  } finally {
    database.close();
  }
  if (existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0)
    throw new StoreFault('full', file, `${file} could not take in its write-ahead file: is the disk full?`);
}

async function putBack(from: string, folder: string, deps: StorageToolsDeps): Promise<StorageReport | StorageFailure> {
  const manifest = readManifest(from);
  if (typeof manifest === 'string') return failure(manifest);
  for (const file of manifest.files) {
    const fault = await hashFault(from, file);
    if (fault !== undefined) return failure(`${fault}. Nothing was restored`);
  }
  if (namesIn(folder).some((name) => !name.startsWith('lock.db'))) return failure(`${folder} is not empty: move it away first`);
  return held(folder, async () => {
    const mark = join(folder, UNFINISHED_RESTORE);
    writeDurably(mark, Buffer.from(`${from}\n`));
    flushFolder(folder);
    for (const file of manifest.files) {
      const { sha256 } = await copyHashed(join(from, file.name), join(folder, file.name));
      if (sha256 !== file.sha256)
        throw new StoreFault('corrupt', file.name, `${file.name} changed while it was read. Empty ${folder} and try again`);
    }
    for (const [name, sql] of Object.entries(deps.afterRestore))
      if (manifest.files.some((file) => file.name === name)) runIn(join(folder, name), sql);
    flushFolder(folder);
    rmSync(mark);
    flushFolder(folder);
    return { kind: 'done', folder, files: manifest.files, skipped: [] };
  });
}

async function hashFault(folder: string, { name, sha256 }: BackupFile): Promise<string | undefined> {
  const file = join(folder, name);
  if (!existsSync(file)) return `${name} is missing from the backup`;
  return (await hashOf(file)) === sha256 ? undefined : `${name} in the backup is not what was backed up (SHA-256 differs)`;
}

function runIn(file: string, sql: string): void {
  const database = openDatabase(file);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

async function checkFolder(folder: string, deps: StorageToolsDeps): Promise<FolderCheck> {
  if (!existsSync(folder)) return failure(`there is no data folder ${folder}`);
  const stranger = foreign(folder, deps);
  if (stranger !== undefined) return failure(stranger);
  try {
    return await held(folder, () =>
      Promise.resolve({
        kind: 'checked' as const,
        files: namesIn(folder)
          .filter(isDatabase)
          .map((name) => ({ name, fault: faultOf(join(folder, name)) })),
      }),
    );
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    return error.code === 'locked' ? { kind: 'in_use' } : failure(error.message);
  }
}

function faultOf(file: string): string | null {
  try {
    settle(file);
    return null;
  } catch (error) {
    if (error instanceof StoreFault) return error.message;
    throw error;
  }
}
