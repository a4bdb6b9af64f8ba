import { Suspense, type ReactNode } from 'react';
import type { RulePointJson } from '@anlan/contracts';
import { useLooks } from '../app/looks-context.js';
import type { Happening } from '../chart/chart-paint.js';
import { SeriesChart } from '../chart/later.js';
import type { Limit } from '../chart/limits.js';
import { bucketsFor, rangeOf, useSeriesLines } from '../chart/series-lines.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { figure } from '../parts/value.js';
import { useSeries } from './api.js';
import { useSay } from './use-rule-words.js';

const HOUR_MS = 3_600_000;
/** Longer than this is drawn from buckets. */
const RAW_UP_TO_MS = 6 * HOUR_MS;

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
  const everyMs = bucketsFor(to - from, RAW_UP_TO_MS);
  const series = useSeries(point.id, { from, to, everyMs });
  const lines = useSeriesLines(series.data?.items, everyMs);
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
