import { failed, ok, type Io, type Result } from '../io.js';
import type { RecordsTool } from '../records-port.js';

/** `anlan migrate`: tables and rights in PostgreSQL, as their owner. */
export async function migrateCommand(io: Io, records: RecordsTool): Promise<Result> {
  const outcome = await records.migrate(io.env);
  if (outcome.kind === 'failed') return failed(outcome.why);
  const { applied, owner, apps } = outcome;
  const done = applied.length === 0 ? 'the tables are those of this release' : `done: ${applied.join(', ')}`;
  const rights =
    apps === null
      ? `the apps run under the owner "${owner}": they could rewrite history; see docs/deploy.md for accounts of their own`
      : `"${apps}" may read and write rows, and append to history; "${owner}" owns the tables`;
  return ok(outcome, `${done}\n${rights}`);
}
