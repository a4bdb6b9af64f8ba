import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Packs } from '@anlan/packs';
import { board, type Section } from '../board.js';
import { metricGraph, metricStat } from '../metric-panels.js';
import { graph, table } from '../panels.js';
import { newestTable, onePoint, onePointByHour, storedBySite, validShare } from '../readings.js';
import { alarmMarks, pointVariable, siteVariable } from '../scope.js';
import { influx } from '../targets.js';

/** One kind of lifeline: which metrics are worth a chart, and which of them a glance. */
export type DomainSpec = Readonly<{
  uid: string;
  title: string;
  description: string;
  domains: readonly string[];
  glance: readonly string[];
  groups: readonly Readonly<{ title: string; metrics: readonly string[] }>[];
}>;

const GRID = 24;

/** The board of a domain: worst values now, charts by group, the chosen points, and what was stored. */
export function domainBoard(packs: Packs, { uid, title, description, domains, glance, groups }: DomainSpec): Dashboard {
  const width = Math.floor(GRID / glance.length);
  return board({
    uid,
    title,
    description,
    from: 'now-6h',
    variables: [siteVariable(domains), pointVariable(domains)],
    marks: alarmMarks(domains),
    sections: [
      { title: '当前最不利值 · Worst now', panels: glance.map((code) => metricStat(packs, code, width)) },
      ...groups.map((group) => ({ title: group.title, panels: group.metrics.map((code) => metricGraph(packs, code)) })),
      chosenPoints(),
      whatWasStored(domains),
    ],
  });
}

function chosenPoints(): Section {
  return {
    title: '所选点位 · Chosen points',
    panels: [
      graph({
        title: '原始读数 · Readings',
        description: '所选点位的读数（每个时间间隔取平均），不含坏值与维护。单位见指标。',
        targets: [influx('A', onePoint())],
      }),
      graph({
        title: '小时极值 · Hourly extremes',
        description: '所选点位每小时的最大、最小与平均值，来自降采样数据，原始读数过期后仍在。单位见指标。',
        targets: (['max', 'mean', 'min'] as const).map((fold, i) => influx('ABC'.charAt(i), onePointByHour(fold))),
      }),
    ],
  };
}

function whatWasStored(domains: readonly string[]): Section {
  const metrics = `^(${domains.join('|')})_`;
  return {
    title: '数据 · Data',
    panels: [
      graph({
        title: '入库读数 · Readings stored',
        description: '每个时间间隔内写入时序库的读数条数（按读数自身时间）。降为零意味着没有数据，而不是没有危险。',
        targets: [influx('A', storedBySite())],
      }),
      graph({
        title: '数据有效率 · Valid share',
        description: '每小时可用于判断的读数（质量为好或存疑）占全部读数的比例。平台推荐目标 ≥ 95 %。',
        unit: '%',
        decimals: 1,
        targets: [influx('A', validShare())],
      }),
      table({
        title: '最新读数 · Newest readings',
        description: '时间范围内每个点位的最新读数与质量（0 好，1 存疑，2 坏，3 维护）。',
        targets: [influx('A', newestTable(metrics))],
      }),
    ],
  };
}
