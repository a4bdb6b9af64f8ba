import { resolve } from 'node:path';
import { failed, ok, type Io, type Result } from '../io.js';
import type { Storage, StorageReport } from '../storage-port.js';
import { dataFolder } from '../target.js';

/** `anlan backup FOLDER`: everything that the stopped server keeps, with a manifest of hashes. */
export async function backupCommand(io: Io, storage: Storage, target: string): Promise<Result> {
  const outcome = await storage.backup({ folder: dataFolder(io), target: resolve(io.cwd, target) });
  if (outcome.kind === 'failed') return failed(outcome.why);
  const left = outcome.skipped.map((name) => `left out, no plain file: ${name}`);
  return ok(
    outcome,
    [
      ...linesOf(outcome),
      ...left,
      `backup of ${dataFolder(io)} in ${outcome.folder}; it holds secrets: keep it as safe as the server`,
    ].join('\n'),
  );
}

/** `anlan restore FOLDER`: a backup into an empty data folder. */
export async function restoreCommand(io: Io, storage: Storage, from: string): Promise<Result> {
  const outcome = await storage.restore({ from: resolve(io.cwd, from), folder: dataFolder(io) });
  if (outcome.kind === 'failed') return failed(outcome.why);
  return ok(
    outcome,
    [
      ...linesOf(outcome),
      `restored into ${outcome.folder}. All sessions are ended. The accounts are those of the backup: see who came back with "anlan user list"`,
    ].join('\n'),
  );
}

function linesOf({ files }: StorageReport): readonly string[] {
  return files.map(({ name, bytes }) => `${name.padEnd(20)} ${(bytes / 1e6).toFixed(1).padStart(8)} MB`);
}
