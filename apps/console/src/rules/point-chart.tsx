import { Suspense, lazy, useMemo, type ReactNode } from 'react';
import type { BucketJson, RulePointJson, SampleJson } from '@anlan/contracts';
import { useLooks } from '../app/looks-context.js';
import type { Happening } from '../chart/chart-paint.js';
import { linesOfBuckets, linesOfSamples } from '../chart/lines.js';
import type { Limit } from '../chart/limits.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { figure } from '../parts/value.js';
import { useSeries } from './api.js';
import { useSay } from './use-rule-words.js';

const SeriesChart = lazy(() => import('../chart/series-chart.js').then(({ SeriesChart: component }) => ({ default: component })));

const HOUR_MS = 3_600_000;
/** Longer than this is drawn from buckets. */
const RAW_UP_TO_MS = 6 * HOUR_MS;
const BUCKETS = 600;

type ChartProps = Readonly<{
  point: RulePointJson;
  limits: readonly Limit[];
  from: number;
  to: number;
  happening?: Happening | null;
  height?: number;
}>;

/** One point over a stretch of time under the limits of a rule. */
export function PointChart({ point, limits, from, to, happening = null, height = 260 }: ChartProps): ReactNode {
  const { say } = useSay();
  const { theme } = useLooks();
  const everyMs = to - from <= RAW_UP_TO_MS ? null : Math.ceil((to - from) / BUCKETS / 60_000) * 60_000;
  const series = useSeries(point.id, { from, to, everyMs });
  const items = series.data?.items;
  const lines = useMemo(() => {
    if (items === undefined) return null;
    const isRaw = items.length === 0 || 'v' in (items[0] ?? {});
    return isRaw ? linesOfSamples(items as readonly SampleJson[]) : linesOfBuckets(items as readonly BucketJson[], everyMs ?? 60_000);
  }, [items, everyMs]);
  if (lines === null)
    return series.error === null ? (
      <Loading rows={Math.floor(height / 40)} />
    ) : (
      <Failure error={series.error} retry={() => void series.refetch()} />
    );
  if (lines.values.length === 0 && lines.marks.length === 0) return <Empty>{say('empty.series')}</Empty>;
  const [low, high] = rangeOf(lines.values);
  const label = say('chart.label', {
    place: `${point.assetName} ${point.name}`,
    n: lines.values.length,
    low: figure(low),
    high: figure(high),
    unit: point.unit,
  });
  return (
    <Suspense fallback={<div style={{ height }} />}>
      <SeriesChart
        lines={lines}
        limits={limits}
        unit={point.unit}
        from={from}
        to={to}
        happening={happening}
        height={height}
        label={label}
        theme={theme}
      />
    </Suspense>
  );
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  return values.reduce<readonly [number, number]>(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
}
