import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorCode } from './store-fault.js';

export type BackupFile = Readonly<{ name: string; bytes: number; sha256: string }>;
/** What a backup holds. Written last, so that a backup which did not finish has none. */
export type Manifest = Readonly<{ format: 1; madeAt: string; files: readonly BackupFile[] }>;

export const MANIFEST = 'manifest.json';
const OWNER_ONLY = 0o600;
/** No separators and no leading dot: a manifest cannot point outside its folder. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** The manifest of a backup folder, or a sentence that says why there is none. */
export function readManifest(folder: string): Manifest | string {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
    return isManifest(value) ? value : `${join(folder, MANIFEST)} is not a manifest of this version`;
  } catch (error) {
    if (error instanceof SyntaxError) return `${join(folder, MANIFEST)} is not JSON`;
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return `${folder} holds no finished backup: it has no ${MANIFEST}`;
    throw error;
  }
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null || !('format' in value) || !('files' in value)) return false;
  return value.format === 1 && Array.isArray(value.files) && value.files.every(isBackupFile);
}

function isBackupFile(value: unknown): value is BackupFile {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('bytes' in value) || !('sha256' in value)) return false;
  return (
    typeof value.name === 'string' && FILE_NAME.test(value.name) && typeof value.bytes === 'number' && typeof value.sha256 === 'string'
  );
}

/** Copies a file for its owner only, flushed to the disk, and tells what it was. Rejects where the target is there already. */
export async function copyHashed(from: string, to: string): Promise<Omit<BackupFile, 'name'>> {
  const seen = { hash: createHash('sha256'), bytes: 0 };
  const watch = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const part of source) {
      seen.hash.update(part);
      seen.bytes += part.length;
      yield part;
    }
  };
  await pipeline(createReadStream(from), watch, createWriteStream(to, { flags: 'wx', mode: OWNER_ONLY, flush: true }));
  return { bytes: seen.bytes, sha256: seen.hash.digest('hex') };
}

/** SHA-256 of a file's content, in hex. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
