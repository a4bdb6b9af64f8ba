import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Packs, ThresholdTemplate } from '@anlan/packs';
import { limitsInWords, stepsOf } from './limits.js';
import { graph, stat } from './panels.js';
import { bySite, newestOf } from './readings.js';
import { influx } from './targets.js';

/** What a board needs to know of a metric: its words and unit, and its limits, if a pack has some. */
type Known = Readonly<{ name: string; nameEn: string; unit: string; templates: readonly ThresholdTemplate[] }>;

/** Throws for a metric that no pack has: a board about nothing is a bug. */
function known(packs: Packs, code: string): Known {
  const metric = packs.metrics.get(code);
  if (metric === undefined) throw new Error(`no pack has the metric ${code}`);
  const templates = [...packs.templates.values()]
    .filter((template) => template.kind === 'threshold')
    .filter(({ metric: of }) => of === code);
  return { name: metric.name, nameEn: metric.nameEn ?? metric.name, unit: metric.unit, templates };
}

type Fold = 'max' | 'min' | 'mean';

/** Which end of a metric is the dangerous one: that one is drawn, so that averaging never hides a peak. */
function dangerous(templates: readonly ThresholdTemplate[]): readonly Fold[] {
  const sides = new Set(templates.flatMap(({ side }) => (side === 'both' ? ['high', 'low'] : [side])));
  if (sides.size === 0) return ['mean'];
  return [...(sides.has('high') ? (['max'] as const) : []), ...(sides.has('low') ? (['min'] as const) : [])];
}

const REF = ['A', 'B'] as const;

/** A threshold template with limits of its own, if the metric has exactly one: two ladders in one chart would read as one. */
const onlyOne = (templates: readonly ThresholdTemplate[]): ThresholdTemplate | undefined =>
  templates.length === 1 ? templates[0] : undefined;

const wordsOf = ({ templates }: Known): string =>
  templates.length === 0 ? '没有通用限值，按设施另定。' : templates.map(limitsInWords).join('\n\n');

/** Chart of a metric: the worst value of each site over time, with limits. Where several domains meet, `domain` goes before its name. */
export function metricGraph(packs: Packs, code: string, domain?: string): Builder<Panel> {
  const metric = known(packs, code);
  return graph({
    title: `${domain === undefined ? '' : `${domain}：`}${metric.name} · ${metric.nameEn}`,
    description: `各场站在每个时间间隔内最不利的读数（上限型取最大、下限型取最小、无限值取平均），不含坏值与维护。\n\n${wordsOf(metric)}`,
    unit: metric.unit,
    steps: stepsOf(onlyOne(metric.templates)),
    targets: dangerous(metric.templates).map((fold, i) => influx(REF[i] ?? 'A', bySite(code, fold))),
  });
}

/** The worst newest reading of a metric, coloured by its limits. */
export function metricStat(packs: Packs, code: string, width: number): Builder<Panel> {
  const metric = known(packs, code);
  return stat({
    title: `${metric.name} · ${metric.nameEn}`,
    description: `所选场站各点位最新读数中最不利的一个，不含坏值与维护。\n\n${wordsOf(metric)}`,
    unit: metric.unit,
    decimals: 2,
    width,
    steps: stepsOf(onlyOne(metric.templates)),
    targets: dangerous(metric.templates).map((fold, i) => influx(REF[i] ?? 'A', newestOf(code, fold))),
  });
}
