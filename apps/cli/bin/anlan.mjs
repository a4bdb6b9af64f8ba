#!/usr/bin/env node
// Works in a fresh clone: what is not built yet is built first, once.
import { existsSync } from 'node:fs';

const at = (path) => new URL(path, import.meta.url);
const cli = at('../dist/index.js');
const simulator = at('../../simulator/dist/index.js');
const sqlite = at('../../../libs/adapters/sqlite/dist/index.js');
const sql = at('../../../libs/adapters/sql/dist/index.js');
const migrating = at('../../../libs/compose/dist/migrate.js');

if (![cli, simulator, sqlite, sql, migrating].every((part) => existsSync(part))) {
  const tools = at('../../../tools/build.mjs');
  if (!existsSync(tools)) {
    console.error('anlan is not built. Run: npm ci && npm run build');
    process.exit(1);
  }
  console.error('anlan is not built yet; building it once (npm run build) …');
  (await import(tools.href)).build();
}

const [{ processIo, runCli }, { simulatorTools }] = await Promise.all([import(cli.href), import(simulator.href)]);

/** Loaded only for the commands that open the data folder. */
async function storage() {
  const [{ storageTools }, { AFTER_RESTORE }] = await Promise.all([import(sqlite.href), import(sql.href)]);
  return storageTools({ uid: process.getuid?.(), now: Date.now, afterRestore: { 'records.db': AFTER_RESTORE } });
}

/** Loaded only for `anlan migrate`. */
async function records() {
  const { migrate } = await import(migrating.href);
  return { migrate: (environment) => migrate(environment, Date.now) };
}

process.exitCode = await runCli(process.argv.slice(2), processIo(), { simulator: simulatorTools(), storage, records });
