import type { BundleKind, PlainEntity } from '@anlan/contracts';
import { sql, type RawBuilder } from 'kysely';
import { chunks, type SqlDatabase, type SqlTx } from '../sql-database.js';
import { ENTITY_TABLES, ROW_KINDS, type ColumnType, type EntityTable, type RowKind } from './entity-tables.js';

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>>;
const ROWS_A_STATEMENT = 500;

/** Is this kind kept as rows of one table (all but rules are). */
export function isRowKind(kind: BundleKind): kind is RowKind {
  return kind !== 'rules';
}

/** All entities of all row kinds. */
export async function loadEntities(db: SqlDatabase['db']): Promise<ReadonlyMap<RowKind, ReadonlyMap<string, PlainEntity>>> {
  const loaded = new Map<RowKind, ReadonlyMap<string, PlainEntity>>();
  for (const kind of ROW_KINDS) {
    const { table, key } = ENTITY_TABLES[kind];
    const { rows } = await sql<Row>`select * from ${sql.table(table)} order by ${sql.ref(key)}`.execute(db);
    loaded.set(kind, new Map(rows.map((row) => [String(row[key]), entityOf(ENTITY_TABLES[kind], row)])));
  }
  return loaded;
}

/** Writes entities of one kind, new and changed alike. `created_at` of those that stand is kept. */
export async function putEntities(tx: SqlTx, kind: RowKind, entities: readonly PlainEntity[], now: number): Promise<void> {
  const { table, key, columns }: EntityTable = ENTITY_TABLES[kind];
  const names = [...Object.values(columns).map(([column]) => column), 'created_at', 'updated_at'];
  const kept = new Set([key, 'created_at']);
  const updates = names.filter((name) => !kept.has(name)).map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`);
  for (const some of chunks(entities, ROWS_A_STATEMENT)) {
    const rows = some.map((entity) => valuesOf(columns, entity, now));
    await sql`insert into ${sql.table(table)} (${sql.join(names.map((name) => sql.ref(name)))}) values ${sql.join(rows)} on conflict (${sql.ref(key)}) do update set ${sql.join(updates)}`.execute(
      tx,
    );
  }
}

export async function deleteEntities(tx: SqlTx, kind: RowKind, ids: readonly string[]): Promise<void> {
  const { table, key } = ENTITY_TABLES[kind];
  for (const some of chunks(ids, ROWS_A_STATEMENT))
    await sql`delete from ${sql.table(table)} where ${sql.ref(key)} in (${sql.join(some)})`.execute(tx);
}

function valuesOf(columns: EntityTable['columns'], entity: PlainEntity, now: number): RawBuilder<unknown> {
  return sql`(${sql.join([...Object.entries(columns).map(([field, [, type]]) => cellOf(type, entity[field])), now, now])})`;
}

// The schema of the kind has checked the type of every field.
function cellOf(type: ColumnType, value: unknown): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'text':
      return value as string;
    case 'bigint':
    case 'double':
      return value as number;
    case 'flag':
      return value === true ? 1 : 0;
    case 'json':
      return JSON.stringify(value);
  }
}

/** Null is a value only of a device's live horizon; elsewhere it means that the field is absent. */
function entityOf({ columns }: EntityTable, row: Row): PlainEntity {
  const entity: Record<string, unknown> = {};
  for (const [field, [column, type]] of Object.entries(columns)) {
    const cell = row[column] ?? null;
    if (cell !== null) entity[field] = valueOf(type, cell);
    else if (field === 'liveHorizonMs') entity[field] = null;
  }
  return entity;
}

function valueOf(type: ColumnType, cell: string | number): unknown {
  switch (type) {
    case 'text':
      return String(cell);
    case 'bigint':
    case 'double':
      return Number(cell);
    case 'flag':
      return Number(cell) === 1;
    case 'json':
      return JSON.parse(String(cell));
  }
}
