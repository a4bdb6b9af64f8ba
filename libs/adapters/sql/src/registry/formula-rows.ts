/** Formulas of derived points as versions: written with the change that made them, never changed. */
import { canonicalJson, type BundlePlan, type Derived, type PlainEntity } from '@anlan/contracts';
import type { FormulaVersion } from '@anlan/ports';
import { chunks, type SqlDatabase, type SqlTx } from '../sql-database.js';
import type { FormulaVersionsTable } from '../tables.js';

/** A point whose formula is another from now on; `after` null: it has none any more. */
export type FormulaChange = Readonly<{ pointId: string; before: Derived | null; after: Derived | null }>;
export type FormulaOrigin = Readonly<{ author: string; reason(pointId: string): string | null; approvedBy: string | null; now: number }>;

const ROWS_A_STATEMENT = 500;

/** The formula of a point, parsed when it was imported. */
export function formulaOf(point: PlainEntity | undefined): Derived | null {
  return (point?.['derived'] as Derived | undefined) ?? null;
}

export function formulasIn(points: ReadonlyMap<string, PlainEntity>): ReadonlyMap<string, Derived> {
  const found = new Map<string, Derived>();
  for (const [id, point] of points) {
    const derived = formulaOf(point);
    if (derived) found.set(id, derived);
  }
  return found;
}

/** What a plan does to formulas. */
export function formulaChanges({ changes }: Pick<BundlePlan, 'changes'>): readonly FormulaChange[] {
  return changes.flatMap(({ kind, id, before, after }) => {
    const change = { pointId: id, before: formulaOf(before), after: formulaOf(after) };
    return kind === 'points' && canonicalJson(change.before) !== canonicalJson(change.after) ? [change] : [];
  });
}

export async function writeFormulas(
  tx: SqlTx,
  changes: readonly FormulaChange[],
  { author, reason, approvedBy, now }: FormulaOrigin,
): Promise<void> {
  for (const some of chunks(changes, ROWS_A_STATEMENT)) {
    const last = await lastVersions(
      tx,
      some.map(({ pointId }) => pointId),
    );
    const rows = some.map(({ pointId, after }): FormulaVersionsTable => ({
      point_id: pointId,
      version: (last.get(pointId) ?? 0) + 1,
      derived: after && JSON.stringify(after),
      author,
      reason: reason(pointId),
      approved_by: approvedBy,
      created_at: now,
    }));
    await tx.insertInto('formula_versions').values(rows).execute();
  }
}

async function lastVersions(tx: SqlTx, pointIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await tx
    .selectFrom('formula_versions')
    .select(['point_id', ({ fn }) => fn.max('version').as('version')])
    .where('point_id', 'in', [...pointIds])
    .groupBy('point_id')
    .execute();
  return new Map(rows.map((row) => [row.point_id, Number(row.version)]));
}

export async function formulaVersions(db: SqlDatabase['db'], pointId: string): Promise<readonly FormulaVersion[]> {
  const rows = await db.selectFrom('formula_versions').selectAll().where('point_id', '=', pointId).orderBy('version').execute();
  return rows.map((row) => ({
    version: row.version,
    derived: row.derived === null ? null : (JSON.parse(row.derived) as Derived),
    author: row.author,
    reason: row.reason,
    approvedBy: row.approved_by,
    createdAt: row.created_at,
  }));
}
