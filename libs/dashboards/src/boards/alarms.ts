import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Packs } from '@anlan/packs';
import {
  alarmsByLevel,
  loadPerTenMinutes,
  loudestPoints,
  notificationOutcomes,
  openList,
  priorityMix,
  raisedPerHour,
  refusedReadings,
  responseTable,
  timeToAcknowledge,
  unacknowledged,
} from '../alarm-panels.js';
import { board } from '../board.js';
import { alarmMarks, siteVariable } from '../scope.js';

/** How the duty desk copes: load, response, what turned out false, and whether messages got out. */
export function alarmBoard(packs: Packs): Dashboard {
  const domains = packs.packs.map(({ code }) => code);
  return board({
    uid: 'anlan-alarm-kpi',
    title: '告警指标 · Alarm KPIs',
    description: '告警负荷、确认与处置、误报、通知。数据来自告警库的只读视图，不含姓名、电话与文本。',
    from: 'now-24h',
    variables: [siteVariable(domains)],
    marks: alarmMarks(domains),
    sections: [
      { title: '现在 · Now', panels: [alarmsByLevel(), unacknowledged(), openList()] },
      {
        title: '响应 · Response',
        panels: [
          timeToAcknowledge(0.5, '确认时间中位 · Time to acknowledge, median'),
          timeToAcknowledge(0.9, '确认时间九成 · Time to acknowledge, p90'),
          responseTable(),
        ],
      },
      { title: '负荷 · Load', panels: [raisedPerHour(), loadPerTenMinutes(), loudestPoints(), priorityMix()] },
      { title: '通知与数据质量 · Notifications and refused data', panels: [notificationOutcomes(), refusedReadings()] },
    ],
  });
}
