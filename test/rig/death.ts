import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '@anlan/adapter-sqlite';
import type { Death } from '../check/repeats.js';
import { temporaryFolder } from './platform.js';

/** Turns of the event loop in which what already lies in a socket is accepted, read and written down. */
const TURNS = 20;

/** To be asked when the process has ended and before another is started; `sent` reads what is on record. */
export async function deathOf(sent: () => Promise<ReadonlySet<string>>): Promise<Death> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  return { at: Date.now(), sent: await sent() };
}

/** Ids of sent notifications in the records of a standalone platform. Reads a copy: opening the file itself would tidy up what the next life has to cope with. */
export async function sentInFolder(dataDir: string): Promise<ReadonlySet<string>> {
  const folder = temporaryFolder();
  const copy = join(folder.path, 'records.db');
  for (const end of ['', '-wal']) {
    const file = join(dataDir, `records.db${end}`);
    if (existsSync(file)) copyFileSync(file, `${copy}${end}`);
  }
  const db = openDatabase(copy, { readOnly: true });
  try {
    const rows = db.prepare('SELECT id FROM notifications WHERE state = ?').all<Readonly<{ id: string }>>(['sent']);
    return new Set(rows.map(({ id }) => id));
  } finally {
    db.close();
    folder.remove();
  }
}
