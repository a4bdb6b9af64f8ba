import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel, Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { LEVEL_COLOUR, NEUTRAL } from './colours.js';
import { graph, stat, table, type About } from './panels.js';
import { records } from './targets.js';

/**
 * Panels over the read-only views of the records (`deploy/grafana/records-views.sql`). Each counts over a list of all levels,
 * so that "none" reads 0 and never "no data".
 */
const LEVELS = `(VALUES ('red', '红', 4), ('orange', '橙', 3), ('yellow', '黄', 2), ('blue', '蓝', 1)) AS l(level, name, rank)`;
const CHOSEN = `site_id ~ '^\${site:regex}$'`;
const BY_LEVEL = { 红: LEVEL_COLOUR.red, 橙: LEVEL_COLOUR.orange, 黄: LEVEL_COLOUR.yellow, 蓝: LEVEL_COLOUR.blue };
/** The same, as columns of a table that has one for each level. */
const FOUR_COUNTS = ['red', 'orange', 'yellow', 'blue']
  .map((level, i) => `count(a.id) FILTER (WHERE a.level = '${level}') AS "${'红橙黄蓝'.charAt(i)}"`)
  .join(', ');
/** Live alarms, raised in the chosen time. What is kept only as history was never announced, so it counts for nobody's load. */
const ANNOUNCED = `NOT retrospective AND process <> 'pending' AND $__timeFilter(raised_at) AND ${CHOSEN}`;

type Sql = Omit<About, 'targets'> & Readonly<{ sql: string }>;
const sqlStat = ({ sql, ...about }: Sql): Builder<Panel> => stat({ ...about, targets: [records('A', sql)] });
const sqlTable = ({ sql, ...about }: Sql): Builder<Panel> => table({ ...about, targets: [records('A', sql)] });

/** One row with a column a level: what a stat panel shows as four numbers in our colours. */
const acrossLevels = (value: (level: string) => string, from: string): string =>
  `SELECT ${['red', 'orange', 'yellow', 'blue'].map((level, i) => `${value(level)} AS "${'红橙黄蓝'.charAt(i)}"`).join(', ')} FROM ${from}`;

export function alarmsByLevel(): Builder<Panel> {
  return sqlStat({
    title: '未销号告警 · Open alarms',
    description: '现在未销号的告警数，按当前级别。与值班台的数一致（不含回溯记录）。',
    width: 12,
    height: 6,
    colours: BY_LEVEL,
    sql: acrossLevels((level) => `count(*) FILTER (WHERE level = '${level}')`, `grafana.alarms WHERE open AND ${CHOSEN}`),
  });
}

export function unacknowledged(): Builder<Panel> {
  return sqlStat({
    title: '未确认告警 · Unacknowledged',
    description: '现在未销号且无人确认的告警数，按当前级别。',
    width: 12,
    height: 6,
    colours: BY_LEVEL,
    sql: acrossLevels(
      (level) => `count(*) FILTER (WHERE level = '${level}')`,
      `grafana.alarms WHERE open AND ack = 'unacked' AND ${CHOSEN}`,
    ),
  });
}

export function openByDomain(): Builder<Panel> {
  return sqlTable({
    title: '各领域未销号告警 · Open alarms by domain',
    description: '每个领域现在未销号的告警数，按当前级别。没有告警的领域为 0。',
    width: 12,
    height: 6,
    colours: BY_LEVEL,
    sql: `SELECT d.domain AS "领域", ${FOUR_COUNTS} FROM (SELECT DISTINCT domain FROM grafana.sites) d LEFT JOIN grafana.alarms a ON a.domain = d.domain AND a.open AND a.${CHOSEN} GROUP BY d.domain ORDER BY d.domain`,
  });
}

export function siteTable(): Builder<Panel> {
  return sqlTable({
    title: '场站 · Sites',
    description: '每个场站现在未销号的告警数，按当前级别，最严重的在前。',
    width: 12,
    height: 8,
    colours: BY_LEVEL,
    sql: `SELECT s.name AS "场站", ${FOUR_COUNTS} FROM grafana.sites s LEFT JOIN grafana.alarms a ON a.site_id = s.id AND a.open WHERE s.id ~ '^\${site:regex}$' GROUP BY s.id, s.name ORDER BY coalesce(max(a.level_rank), 0) DESC, count(a.id) DESC, s.name`,
  });
}

export function raisedPerHour(): Builder<Panel> {
  return graph(
    {
      title: '每小时新告警 · Alarms raised an hour',
      description: '每个整点小时内产生的告警数，按曾达到的最高级别。没有告警的小时为 0。',
      height: 8,
      colours: BY_LEVEL,
      targets: [
        records(
          'A',
          `SELECT h AS time, l.name AS metric, count(a.id) AS value FROM generate_series(date_trunc('hour', $__timeFrom()::timestamptz), $__timeTo()::timestamptz, '1 hour') h CROSS JOIN ${LEVELS} LEFT JOIN grafana.alarms a ON a.peak_level = l.level AND a.raised_at >= h AND a.raised_at < h + interval '1 hour' AND NOT a.retrospective AND a.process <> 'pending' AND a.${CHOSEN} GROUP BY h, l.name, l.rank ORDER BY h, l.rank`,
          'time_series',
        ),
      ],
    },
    { bars: true },
  );
}

/** Seconds from raising to the first acknowledgement, at a quantile, by highest level. */
export function timeToAcknowledge(quantile: number, title: string): Builder<Panel> {
  const seconds = 'extract(epoch FROM first_acked_at - raised_at)';
  return sqlStat({
    title,
    description: `时间范围内产生的告警，从产生到首次确认的时间的 ${quantile * 100} % 分位，按曾达到的最高级别；尚无人确认的不在内（见“超时未确认”）。0 表示没有已确认的告警。`,
    unit: 's',
    decimals: 0,
    width: 12,
    height: 5,
    sql: acrossLevels(
      (level) => `coalesce(percentile_cont(${quantile}) WITHIN GROUP (ORDER BY ${seconds}) FILTER (WHERE peak_level = '${level}'), 0)`,
      `grafana.alarms WHERE first_acked_at IS NOT NULL AND ${ANNOUNCED}`,
    ),
  });
}

export function responseTable(): Builder<Panel> {
  return sqlTable({
    title: '响应 · Response by level',
    description:
      '时间范围内产生的告警，按曾达到的最高级别：总数、已确认、超时未确认（曾过确认时限）、及时率（未过时限 ÷ 总数，平台推荐目标 ≥ 98 %）、平均确认时间、已销号、误报、误报率（误报 ÷（已销号 + 误报），平台推荐目标 ≤ 20 %）、24 小时内复发。',
    width: 24,
    height: 7,
    sql: `SELECT l.name AS "级别", count(a.id) AS "总数", count(a.first_acked_at) AS "已确认", count(a.first_overdue_at) AS "超时未确认", coalesce(round(100.0 * count(a.id) FILTER (WHERE a.first_overdue_at IS NULL) / nullif(count(a.id), 0), 1), 100) AS "及时率 %", coalesce(round(avg(extract(epoch FROM a.first_acked_at - a.raised_at))), 0) AS "平均确认 s", count(a.id) FILTER (WHERE a.work = 'closed') AS "已销号", count(a.id) FILTER (WHERE a.work = 'false_alarm') AS "误报", coalesce(round(100.0 * count(a.id) FILTER (WHERE a.work = 'false_alarm') / nullif(count(a.id) FILTER (WHERE a.work IN ('closed', 'false_alarm')), 0), 1), 0) AS "误报率 %", count(a.id) FILTER (WHERE a.recurred) AS "复发" FROM ${LEVELS} LEFT JOIN (SELECT * FROM grafana.alarms WHERE ${ANNOUNCED}) a ON a.peak_level = l.level GROUP BY l.name, l.rank ORDER BY l.rank DESC`,
  });
}

const LOAD: readonly Threshold[] = [
  { value: null, color: NEUTRAL },
  { value: 2, color: LEVEL_COLOUR.yellow },
  { value: 10, color: LEVEL_COLOUR.red },
];

export function loadPerTenMinutes(): Builder<Panel> {
  return graph(
    {
      title: '每 10 分钟告警数 · Alarms in 10 minutes',
      description:
        '一名值班员每 10 分钟面对的新告警数。≤ 1 可接受，> 2 持续则吃紧，> 10 为告警泛滥（ISA-18.2 / EEMUA 191 惯例，待核对原文）。',
      steps: LOAD,
      targets: [
        records(
          'A',
          `SELECT w AS time, count(a.id) AS "告警" FROM generate_series(to_timestamp(floor(extract(epoch FROM $__timeFrom()::timestamptz) / 600) * 600), $__timeTo()::timestamptz, '10 minutes') w LEFT JOIN grafana.alarms a ON a.raised_at >= w AND a.raised_at < w + interval '10 minutes' AND NOT a.retrospective AND a.process <> 'pending' AND a.${CHOSEN} GROUP BY w ORDER BY w`,
          'time_series',
        ),
      ],
    },
    { bars: true },
  );
}

export function loudestPoints(): Builder<Panel> {
  return sqlTable({
    title: '告警最多的点位 · Loudest points',
    description: '时间范围内新告警最多的 10 个点位及其份额。少数点位占大头时先修它们（ISA-18.2 惯例：前十不超过 5 %）。',
    width: 12,
    height: 9,
    sql: `SELECT point_id AS "点位", rule_id AS "规则", count(*) AS "告警", round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS "份额 %" FROM grafana.alarms WHERE ${ANNOUNCED} GROUP BY point_id, rule_id ORDER BY count(*) DESC, point_id LIMIT 10`,
  });
}

export function priorityMix(): Builder<Panel> {
  return sqlTable({
    title: '级别构成 · Priority mix',
    description: '时间范围内新告警按曾达到的最高级别的构成。惯例 80 / 15 / 5 / < 1（蓝/黄/橙/红）；橙与红超过 10 % 说明限值不当。',
    width: 12,
    height: 9,
    sql: `SELECT l.name AS "级别", count(a.id) AS "告警", coalesce(round(100.0 * count(a.id) / nullif(sum(count(a.id)) OVER (), 0), 1), 0) AS "份额 %" FROM ${LEVELS} LEFT JOIN (SELECT * FROM grafana.alarms WHERE ${ANNOUNCED}) a ON a.peak_level = l.level GROUP BY l.name, l.rank ORDER BY l.rank DESC`,
  });
}

export function openList(): Builder<Panel> {
  return sqlTable({
    title: '未确认最久的告警 · Longest unacknowledged',
    description: '现在未销号且无人确认的告警，级别高、等得久的在前，最多 50 条。没有时只有一行“无”。',
    width: 24,
    height: 9,
    sql: `SELECT no AS "编号", level AS "级别", point_id AS "点位", reason AS "原因", to_char(now() - raised_at, 'DD"d "HH24:MI:SS') AS "已等待" FROM (SELECT * FROM grafana.alarms WHERE open AND ack = 'unacked' AND ${CHOSEN} ORDER BY level_rank DESC, raised_at LIMIT 50) a UNION ALL SELECT '无', '', '', '', '' WHERE NOT EXISTS (SELECT FROM grafana.alarms WHERE open AND ack = 'unacked' AND ${CHOSEN})`,
  });
}

export function notificationOutcomes(): Builder<Panel> {
  return sqlTable({
    title: '通知结果 · Notifications',
    description:
      '时间范围内产生的通知按通道与结果：送出、并入他条、待发、失败、不明（未得回应，可能已到）、作废（送出前已确认）；首次送出的平均等待。蓝黄并条最多等 60 秒，红橙不等。',
    width: 12,
    height: 8,
    sql: `SELECT channel AS "通道", level AS "级别", count(*) AS "通知", count(*) FILTER (WHERE state = 'sent') AS "送出", count(*) FILTER (WHERE state = 'merged') AS "并入", count(*) FILTER (WHERE state IN ('due', 'sending')) AS "待发", count(*) FILTER (WHERE state = 'failed') AS "失败", count(*) FILTER (WHERE state = 'unknown') AS "不明", count(*) FILTER (WHERE state = 'cancelled') AS "作废", coalesce(round(avg(extract(epoch FROM sent_at - created_at))::numeric, 1), 0) AS "平均等待 s" FROM grafana.notifications WHERE $__timeFilter(created_at) GROUP BY channel, level ORDER BY channel, level`,
  });
}

export function refusedReadings(): Builder<Panel> {
  return sqlTable({
    title: '死信 · Dead letters',
    description: '时间范围内被拒收的读数按原因代码。末行为合计，没有时为 0。',
    width: 12,
    height: 8,
    sql: `SELECT coalesce(code, '合计') AS "代码", count(*) AS "读数", count(DISTINCT device_id) AS "设备", count(*) FILTER (WHERE retried) AS "已重试" FROM grafana.dead_letters WHERE $__timeFilter(received_at) GROUP BY ROLLUP (code) ORDER BY code NULLS LAST`,
  });
}
