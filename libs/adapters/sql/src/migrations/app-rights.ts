/**
 * What the account of the apps may do in PostgreSQL (S-61): read and write rows, make and change no table, and rewrite no history.
 * Total over the tables: one without a line here is refused by the migration.
 */
import { RecordsFault } from '@anlan/ports';
import { sql } from 'kysely';
import type { SqlTx } from '../tables.js';

const READ = 'select';
/** Chained rows (S-62): written once, never changed, never taken away. */
const APPEND = 'select, insert';
/** Rows change, but none is ever taken away. */
const KEEP = 'select, insert, update';
const ALL = 'select, insert, update, delete';

export const APP_RIGHTS: Readonly<Record<string, string>> = {
  schema_migrations: READ,

  alarm_events: APPEND,
  audit: APPEND,
  command_results: APPEND,
  formula_versions: APPEND,

  alarms: KEEP,
  applied: KEEP,
  counters: 'select, update',
  notifications: KEEP,
  links: KEEP,
  users: KEEP,
  device_status: KEEP,
  // Every version stays as it was written: who approved it and whether it is in force may still be said.
  rules: 'select, insert, update (active, approved_by)',
  rule_changes: 'select, insert, update (state, decided_by, decided_at, comment)',
  activations: 'select, insert, update (logged)',

  alarm_timers: ALL,
  jobs: ALL,
  dead_letters: ALL,
  credentials: ALL,
  sessions: ALL,
  login_failures: ALL,

  ledger_positions: KEEP,
  ledger_counts: ALL,
  ledger_sequences: KEEP,
  checkpoints: KEEP,
  checkpoint_entries: ALL,

  regions: ALL,
  units: ALL,
  people: ALL,
  metrics: ALL,
  sites: ALL,
  assets: ALL,
  devices: ALL,
  points: ALL,
  point_groups: ALL,
  routes: ALL,
  asset_limits: ALL,
};

/** Gives `role` the rights of the table above and takes away all others, in the schema of the records. Throws RecordsFault. */
export async function grantToApps(tx: SqlTx, role: string): Promise<void> {
  const { schema, tables } = await placeOf(tx, role);
  const strange = tables.filter((table) => APP_RIGHTS[table] === undefined);
  if (strange.length > 0) throw new Error(`nothing says what the apps may do with ${strange.join(', ')}`);
  const [to, within] = [sql.id(role), sql.id(schema)];
  await sql`revoke all on schema ${within} from ${to}`.execute(tx);
  await sql`revoke all on all tables in schema ${within} from ${to}`.execute(tx);
  await sql`grant usage on schema ${within} to ${to}`.execute(tx);
  for (const table of tables) {
    await sql`grant ${sql.raw(APP_RIGHTS[table] ?? '')} on ${sql.id(schema, table)} to ${to}`.execute(tx);
  }
  await refuseMore(tx, role, schema);
}

type Found = Readonly<{ schema: string; known: boolean; above: boolean; tables: readonly string[] }>;

/** The schema and its tables of ours; other things of the owner in the same schema are not our business. */
async function placeOf(tx: SqlTx, role: string): Promise<Found> {
  const { rows } = await sql<Omit<Found, 'tables'>>`
    select current_schema() as schema,
      exists (select from pg_roles where rolname = ${role}) as known,
      exists (select from pg_roles where rolname = ${role} and (rolsuper or pg_has_role(oid, current_user::regrole, 'member'))) as above`.execute(
    tx,
  );
  const [found] = rows;
  if (!found?.known) throw new RecordsFault(`there is no account "${role}" in PostgreSQL: make it by deploy/postgres/roles.sql`);
  if (found.above)
    throw new RecordsFault(`the account "${role}" is a superuser or belongs to the owner of the tables: the apps must have less`);
  const tables = await sql<Readonly<{ name: string }>>`
    select tablename as name from pg_tables where schemaname = ${found.schema} and tableowner = current_user order by 1`.execute(tx);
  return { ...found, tables: tables.rows.map(({ name }) => name) };
}

/** What the role may do by way of other roles or of PUBLIC would undo all this. */
async function refuseMore(tx: SqlTx, role: string, schema: string): Promise<void> {
  const { rows } = await sql<Readonly<{ what: string }>>`
    select 'make tables' as what where has_schema_privilege(${role}, ${schema}, 'create')
    union all
    select 'change ' || tablename from pg_tables
    where schemaname = ${schema} and tablename in ('alarm_events', 'audit', 'schema_migrations')
      and has_table_privilege(${role}, format('%I.%I', schemaname, tablename), 'update, delete, truncate, trigger')`.execute(tx);
  if (rows.length > 0)
    throw new RecordsFault(
      `the account "${role}" may still ${rows.map(({ what }) => what).join(', ')}, by PUBLIC or by a role it belongs to: take that away first (deploy/postgres/roles.sql)`,
    );
}
