import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsMode,
  type DynamicConfigValue,
  type Panel,
  type Threshold,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { SERIES } from './colours.js';
import { NO_LIMITS, thresholds } from './limits.js';

/** What every panel says about itself. Width in the 24 columns of Grafana's grid. */
export type About = Readonly<{
  title: string;
  /** What is shown, how it is worked out, and where its limits come from. */
  description: string;
  /** Unit as it stands after the number; absent for a bare number. */
  unit?: string;
  decimals?: number;
  width?: number;
  height?: number;
  steps?: readonly Threshold[];
  targets: readonly Builder<Dataquery>[];
  /** Colour by series name or column, e.g. one for each level. A number of 0 stays neutral. */
  colours?: Readonly<Record<string, string>>;
}>;

const SIZE: Readonly<Record<'stat' | 'graph' | 'table', Readonly<{ width: number; height: number }>>> = {
  stat: { width: 6, height: 4 },
  graph: { width: 12, height: 8 },
  table: { width: 24, height: 9 },
};

/** `suffix:` prints our own unit as it is, without the scaling that Grafana's units bring. */
const unitOf = (unit: string | undefined): string => (unit === undefined ? 'none' : `suffix: ${unit}`);

const line = (colour: string): DynamicConfigValue[] => [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }];
/** A count of something bad: its colour from 1 on, for "no red alarm" in red would be a lie. */
const count = (colour: string): DynamicConfigValue[] => [
  { id: 'thresholds', value: { mode: ThresholdsMode.Absolute, steps: [...NO_LIMITS, { value: 1, color: colour }] } },
];
const cell = (colour: string): DynamicConfigValue[] => [...count(colour), { id: 'custom.cellOptions', value: { type: 'color-text' } }];

/** One or a few large numbers. */
export function stat(about: About): Builder<Panel> {
  const panel = new StatBuilder()
    .title(about.title)
    .description(about.description)
    .span(about.width ?? SIZE.stat.width)
    .height(about.height ?? SIZE.stat.height)
    .unit(unitOf(about.unit))
    .thresholds(thresholds(about.steps ?? NO_LIMITS))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .targets([...about.targets]);
  if (about.decimals !== undefined) panel.decimals(about.decimals);
  for (const [name, value] of Object.entries(about.colours ?? {})) panel.overrideByName(name, count(value));
  return panel;
}

type GraphOptions = Readonly<{ bars?: boolean }>;

/** Lines (or stacked bars) over time, with the limits as dashed lines. */
export function graph(about: About, { bars = false }: GraphOptions = {}): Builder<Panel> {
  const steps = about.steps ?? NO_LIMITS;
  const panel = new TimeseriesBuilder()
    .title(about.title)
    .description(about.description)
    .span(about.width ?? SIZE.graph.width)
    .height(about.height ?? SIZE.graph.height)
    .unit(unitOf(about.unit))
    .thresholds(thresholds(steps))
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(steps.length > 1 ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off),
    )
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Shades).fixedColor(SERIES))
    .lineWidth(1)
    .showPoints(VisibilityMode.Auto)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets([...about.targets]);
  if (bars) panel.drawStyle(GraphDrawStyle.Bars).fillOpacity(80).stacking(new StackingConfigBuilder().group('A').mode(StackingMode.Normal));
  if (about.decimals !== undefined) panel.decimals(about.decimals);
  for (const [name, value] of Object.entries(about.colours ?? {})) panel.overrideByName(name, line(value));
  return panel;
}

/** Rows. */
export function table(about: About): Builder<Panel> {
  const panel = new TableBuilder()
    .title(about.title)
    .description(about.description)
    .span(about.width ?? SIZE.table.width)
    .height(about.height ?? SIZE.table.height)
    .unit(unitOf(about.unit))
    .thresholds(thresholds(about.steps ?? NO_LIMITS))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .targets([...about.targets]);
  if (about.decimals !== undefined) panel.decimals(about.decimals);
  for (const [name, value] of Object.entries(about.colours ?? {})) panel.overrideByName(name, cell(value));
  return panel;
}
