/** The values of a derived point over rows of its inputs, through the engine of the product. */
import type { Derived, PointSpec } from '@anlan/contracts';
import { createEngine } from '@anlan/rules';

export type InputRow = Readonly<{ t: number; values: Readonly<Record<string, number>> }>;

const OUT = 'out';

/** One value a row; undefined where the formula has none. Each input is a device of its own. */
export function valuesOf(derived: Derived, rows: readonly InputRow[], intervalMs: number): readonly (number | undefined)[] {
  const engine = createEngine({ partition: 0, digest: (text) => text });
  const spec = (pointId: string): PointSpec => ({
    pointId,
    deviceId: pointId,
    siteId: 's',
    metric: pointId,
    unit: '',
    intervalMs,
    reorderMs: 0,
    liveHorizonMs: null,
  });
  const inputs = Object.keys(rows[0]?.values ?? {});
  const points = [...inputs.map(spec), { ...spec(OUT), derived }];
  engine.step({ offset: 0, at: rows[0]?.t ?? 0, value: { kind: 'activation', version: 1, at: 0 } }, [
    { version: 1, rules: [], removedRuleIds: [], points, removedPointIds: [] },
  ]);
  return rows.map(({ t, values }, i) => {
    const readings = inputs.map((pointId) => ({ pointId, t, v: values[pointId] ?? Number.NaN, q: 'good' as const }));
    engine.step({
      offset: i + 1,
      at: t,
      value: { kind: 'readings', deviceId: 'd', siteId: 's', arrivedAt: t, readings, rejected: 0, quarantined: 0 },
    });
    return engine.computed()[0]?.readings[0]?.v;
  });
}
