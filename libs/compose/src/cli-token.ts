import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CLI_TOKEN_FILE = 'cli-token';

/** Writes a fresh token for the command line of whoever owns the folder, readable by that user only. Answers its SHA-256. */
export function cliTokenHash(folder: string): string {
  const token = `anl_${randomBytes(32).toString('base64url')}`;
  writeFileSync(join(folder, CLI_TOKEN_FILE), token, { mode: 0o600 });
  return createHash('sha256').update(token).digest('hex');
}
