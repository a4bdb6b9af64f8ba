import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Packs } from '@anlan/packs';
import { alarmsByLevel, openByDomain, raisedPerHour, siteTable } from '../alarm-panels.js';
import { board } from '../board.js';
import { metricGraph } from '../metric-panels.js';
import { graph, stat } from '../panels.js';
import { reportingBySite, storedBySite, validShare } from '../readings.js';
import { alarmMarks, siteVariable } from '../scope.js';
import { influx } from '../targets.js';

const KEY_QUANTITIES = ['uspace_ch4_vol', 'gas_lel', 'haz_lel', 'haz_tank_level', 'tsf_phreatic_depth', 'tsf_rain_24h'];

/** Everything at a glance: open alarms, the worst quantity of each kind of lifeline, and whether data come in at all. */
export function cityBoard(packs: Packs): Dashboard {
  const domains = packs.packs.map(({ code }) => code);
  return board({
    uid: 'anlan-city',
    title: '城市总览 · City overview',
    description: '全市未销号告警、各领域关键指标的最不利值与数据是否到达。',
    from: 'now-6h',
    variables: [siteVariable(domains)],
    marks: alarmMarks(domains),
    sections: [
      { title: '告警 · Alarms', panels: [alarmsByLevel(), openByDomain(), raisedPerHour(), siteTable()] },
      {
        title: '关键指标 · Key quantities',
        panels: KEY_QUANTITIES.map((code) =>
          metricGraph(packs, code, packs.packs.find(({ metrics }) => metrics.some((one) => one.code === code))?.name),
        ),
      },
      {
        title: '数据 · Data',
        panels: [
          stat({
            title: '有数据的点位 · Points reporting',
            description: '时间范围内至少有一条读数的点位数，按场站。与登记的点位数相差即为无数据点位。',
            width: 24,
            height: 5,
            targets: [influx('A', reportingBySite())],
          }),
          graph({
            title: '入库读数 · Readings stored',
            description: '每个时间间隔内写入时序库的读数条数，按场站。降为零意味着没有数据，而不是没有危险。',
            targets: [influx('A', storedBySite())],
          }),
          graph({
            title: '数据有效率 · Valid share',
            description: '每小时可用于判断的读数占全部读数的比例，按场站。平台推荐目标 ≥ 95 %。',
            unit: '%',
            decimals: 1,
            targets: [influx('A', validShare())],
          }),
        ],
      },
    ],
  });
}
