import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { SOURCES } from './sources.js';

/** How the answer is read: lines over time, or rows. */
export type Shape = 'time_series' | 'table';
/** One InfluxQL query; `$timeFilter`, `$__interval` and `${site:regex}` are filled in by Grafana. */
export type InfluxTarget = Readonly<{ query: string; alias?: string; shape?: Shape }>;

// The SDK has builders for Prometheus, none for InfluxQL and SQL: these carry the fields that the two editors save.
const raw = (fields: Readonly<Record<string, unknown>>): Builder<Dataquery> => ({
  build: () => ({ ...fields, _implementsDataqueryVariant: () => undefined }),
});

/** A query of the series store in InfluxQL: the one language that InfluxDB 1.x, 2.7 and 3 Core all answer. */
export function influx(refId: string, { query, alias, shape = 'time_series' }: InfluxTarget): Builder<Dataquery> {
  return raw({ refId, datasource: SOURCES.series, rawQuery: true, query, resultFormat: shape, ...(alias === undefined ? {} : { alias }) });
}

/** A query of the read-only views over the records. */
export function records(refId: string, rawSql: string, shape: Shape = 'table'): Builder<Dataquery> {
  return raw({ refId, datasource: SOURCES.records, rawQuery: true, editorMode: 'code', format: shape, rawSql });
}

/** A range query of what the platform counts about itself. */
export function promql(refId: string, expr: string, legend: string): Builder<Dataquery> {
  return new DataqueryBuilder().refId(refId).datasource(SOURCES.metrics).expr(expr).legendFormat(legend).range();
}

/** The same, at one moment. */
export function promqlNow(refId: string, expr: string, legend: string): Builder<Dataquery> {
  return new DataqueryBuilder()
    .refId(refId)
    .datasource(SOURCES.metrics)
    .expr(expr)
    .legendFormat(legend)
    .instant()
    .format(PromQueryFormat.TimeSeries);
}
