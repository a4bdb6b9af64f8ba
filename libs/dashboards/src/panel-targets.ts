import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { SOURCES, type SourceName } from './sources.js';

/** One query of one panel, as text, with where it goes. */
export type PanelTarget = Readonly<{
  panel: string;
  refId: string;
  source: SourceName;
  text: string;
  shape: 'time_series' | 'table';
  now: boolean;
}>;

/** All panels, also those inside rows. */
export function panelsOf({ panels = [] }: Dashboard): readonly Panel[] {
  return panels.flatMap((one) => (isRow(one) ? one.panels : [one]));
}

const isRow = (panel: Panel | RowPanel): panel is RowPanel => panel.type === 'row';

/** All queries of its panels. */
export function targetsOf(dashboard: Dashboard): readonly PanelTarget[] {
  return panelsOf(dashboard).flatMap((panel) => (panel.targets ?? []).map((target) => targetOf(panel.title ?? '', target)));
}

// As Grafana saves it: each data source has fields of its own.
type Saved = Readonly<{
  refId?: string;
  datasource?: Readonly<{ uid?: string }>;
  query?: string;
  rawSql?: string;
  expr?: string;
  instant?: boolean;
  format?: string;
  resultFormat?: string;
}>;

function targetOf(panel: string, target: object): PanelTarget {
  const { refId = '', datasource, query, rawSql, expr, instant = false, format, resultFormat } = target as Saved;
  const source = (Object.keys(SOURCES) as SourceName[]).find((name) => SOURCES[name].uid === datasource?.uid);
  if (source === undefined) throw new Error(`${panel}: query ${refId} names no data source of ours`);
  const shape = (format ?? resultFormat) === 'table' ? 'table' : 'time_series';
  return { panel, refId, source, text: query ?? rawSql ?? expr ?? '', shape, now: instant };
}
