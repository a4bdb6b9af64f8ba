import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel, Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS, type MetricName } from '@anlan/observability';
import { board, type Section } from '../board.js';
import { LEVEL_COLOUR, NEUTRAL } from '../colours.js';
import { graph, stat } from '../panels.js';
import { promql, promqlNow } from '../targets.js';

/** Only names of the metrics table compile. */
const rate = (name: MetricName, by?: string): string => `sum${by === undefined ? '' : ` by (${by})`} (rate(${name}[$__rate_interval]))`;
const quantile = (q: number, name: MetricName): string => `histogram_quantile(${q}, sum by (le) (rate(${name}_bucket[$__rate_interval])))`;
const quantiles = (name: MetricName): ReturnType<typeof promql>[] =>
  ([0.5, 0.95, 0.99] as const).map((q, i) => promql('ABC'.charAt(i), quantile(q, name), `p${q * 100}`));

type Words = readonly [title: string, description: string];
const duration = (name: MetricName, [title, description]: Words): Builder<Panel> =>
  graph({ title, description: `${description} 分位由直方图估出。`, unit: 's', decimals: 3, targets: quantiles(name) });
const perSecond = (name: MetricName, by: string, [title, description]: Words): Builder<Panel> =>
  graph({ title, description: `${description} 每秒。`, targets: [promql('A', rate(name, by), `{{${by}}}`)] });

const UP: readonly Threshold[] = [
  { value: null, color: LEVEL_COLOUR.red },
  { value: 1, color: NEUTRAL },
];
const LAG: readonly Threshold[] = [
  { value: null, color: NEUTRAL },
  { value: 5_000, color: LEVEL_COLOUR.yellow },
  { value: 50_000, color: LEVEL_COLOUR.red },
];

/** The watch over the watcher: do all processes live, do flows keep up, do messages get out, and what does it cost. */
export function platformBoard(): Dashboard {
  return board({
    uid: 'anlan-platform',
    title: '平台健康 · Platform health',
    description: '平台自身的指标（Prometheus）：进程、接入、流的滞后与时延、通知、接口、资源。名称与含义见 docs/generated/metrics.md。',
    from: 'now-1h',
    variables: [],
    marks: [],
    sections: [...CHOSEN, { title: '其他 · Others', panels: others(CHOSEN) }],
  });
}

const processes = (): readonly Builder<Panel>[] => [
  stat({
    title: '进程 · Processes up',
    description: '每个进程最近一次抓取是否成功；0 为失联。',
    width: 24,
    height: 4,
    steps: UP,
    targets: [promqlNow('A', 'up', '{{job}} {{instance}}')],
  }),
];

const intake = (): readonly Builder<Panel>[] => [
  perSecond('anlan_readings_total', 'outcome', [
    '读数按结果 · Readings by outcome',
    '接入与入库的读数，按结果（接受、拒收、隔离、入库、重复、冲突）。',
  ]),
  graph({
    title: '设备消息 · Device messages',
    description: '每秒收到的设备消息。',
    targets: [promql('A', rate('anlan_messages_total'), '消息 messages')],
  }),
  duration('anlan_puback_seconds', ['确认回执时延 · PUBACK', '从消息到达到回执设备（此时已落盘）。平台推荐：p99 < 150 ms。']),
  graph({
    title: '设备连接 · Connections',
    description: '当前设备连接数。',
    targets: [promql('A', 'sum(anlan_connections)', '连接 connections')],
  }),
  perSecond('anlan_connects_total', 'outcome', ['连接尝试 · Connects', '设备连接尝试，按结果。']),
  perSecond('anlan_dead_letters_total', 'code', ['死信 · Dead letters', '被拒收的读数，按原因代码。']),
  graph({
    title: '触到上限 · Limits met',
    description: '因超出上限而拒绝的输入，按入口与原因。每秒。',
    targets: [promql('A', rate('anlan_limit_total', 'entry, reason'), '{{entry}} {{reason}}')],
  }),
];

const flows = (): readonly Builder<Panel>[] => [
  graph({
    title: '滞后 · Lag',
    description: '每个流尚未读完的日志记录数。持续上升说明该流跟不上；数据没有丢，但告警会迟。',
    steps: LAG,
    targets: [promql('A', 'max by (flow) (anlan_flow_lag)', '{{flow}}')],
  }),
  perSecond('anlan_flow_failures_total', 'flow', ['失败后重试 · Failures retried', '流的一步失败并重试的次数。']),
  duration('anlan_verdict_seconds', ['判定时延 · To verdict', '从读数到达到判定写入日志。']),
  duration('anlan_alarm_seconds', ['告警时延 · To alarm', '从读数到达到告警可读。平台推荐：p99 < 300 ms。']),
  duration('anlan_log_append_seconds', ['日志落盘 · Durable append', '一次持久追加所用时间。']),
  graph({
    title: '每次提交的记录数 · Group size',
    description: '一次成组提交中的记录数，分位由直方图估出。',
    targets: quantiles('anlan_log_group_size'),
  }),
  graph({
    title: '规则状态 · Rule states',
    description: '内存中的规则状态数，按进程；多进程时应大致均分。',
    targets: [promql('A', 'sum by (instance) (anlan_rule_states)', '{{instance}}')],
  }),
  graph({
    title: '判定 · Verdicts',
    description: '判定按通道与过程。每秒。',
    targets: [promql('A', rate('anlan_verdicts_total', 'lane, process'), '{{lane}} {{process}}')],
  }),
];

const LEVEL_SERIES = { red: LEVEL_COLOUR.red, orange: LEVEL_COLOUR.orange, yellow: LEVEL_COLOUR.yellow, blue: LEVEL_COLOUR.blue };

const alarms = (): readonly Builder<Panel>[] => [
  graph({
    title: '未销号告警 · Open alarms',
    description: '未销号告警数，按级别。',
    colours: LEVEL_SERIES,
    targets: [promql('A', 'max by (level) (anlan_alarms_open)', '{{level}}')],
  }),
  perSecond('anlan_alarm_events_total', 'type', ['告警事件 · Alarm events', '告警事件，按类型。']),
  graph({
    title: '通知 · Notifications',
    description: '通知按通道与结果。每秒。',
    targets: [promql('A', rate('anlan_notifications_total', 'channel, outcome'), '{{channel}} {{outcome}}')],
  }),
  graph({
    title: '首次送出时延 · To first attempt',
    description: '从告警事件到首次尝试送出的 p95，按级别；红橙不等待，蓝黄最多并条 60 秒。分位由直方图估出。',
    unit: 's',
    decimals: 2,
    colours: LEVEL_SERIES,
    targets: [
      promql(
        'A',
        'histogram_quantile(0.95, sum by (le, level) (rate(anlan_notification_first_attempt_seconds_bucket[$__rate_interval])))',
        '{{level}}',
      ),
    ],
  }),
];

const api = (): readonly Builder<Panel>[] => [
  perSecond('anlan_http_requests_total', 'status', ['请求 · Requests', 'HTTP 请求，按状态码。']),
  duration('anlan_http_seconds', ['请求时延 · Duration', 'HTTP 请求所用时间。']),
  graph({
    title: '事件流 · Streams',
    description: '打开的事件流数。',
    targets: [promql('A', 'sum(anlan_streams)', '事件流 streams')],
  }),
  perSecond('anlan_logins_total', 'outcome', ['登录 · Logins', '登录，按结果；失败突增可能是撞库。']),
];

const resources = (): readonly Builder<Panel>[] => [
  graph({
    title: '处理器 · CPU',
    description: '每个进程占用的处理器核数。',
    targets: [promql('A', 'rate(process_cpu_seconds_total[$__rate_interval])', '{{job}} {{instance}}')],
  }),
  graph({
    title: '内存 · Memory',
    description: '每个进程的常驻内存（MB）。',
    unit: 'MB',
    decimals: 0,
    targets: [promql('A', 'process_resident_memory_bytes / 1e6', '{{job}} {{instance}}')],
  }),
  graph({
    title: '事件循环迟滞 · Event loop lag',
    description: '事件循环迟滞的 p99；持续超过 0.1 s 说明进程过忙。',
    unit: 's',
    decimals: 3,
    targets: [promql('A', 'nodejs_eventloop_lag_p99_seconds', '{{job}} {{instance}}')],
  }),
  graph({
    title: '堆 · Heap in use',
    description: '每个进程 JavaScript 堆中在用的内存（MB）。平稳负荷下持续上升说明有泄漏。',
    unit: 'MB',
    decimals: 0,
    targets: [promql('A', 'nodejs_heap_size_used_bytes / 1e6', '{{job}} {{instance}}')],
  }),
];

const CHOSEN: readonly Section[] = [
  { title: '进程与接入 · Processes and intake', panels: [...processes(), ...intake()] },
  { title: '流 · Flows', panels: flows() },
  { title: '告警与通知 · Alarms and notifications', panels: alarms() },
  { title: '接口 · API', panels: api() },
  { title: '资源 · Resources', panels: resources() },
];

/** What the metrics table has and nobody has placed above: nothing that is counted stays unseen. */
function others(sections: readonly Section[]): readonly Builder<Panel>[] {
  const placed = JSON.stringify(sections.flatMap(({ panels }) => panels.map((panel) => panel.build())));
  return (Object.keys(METRICS) as MetricName[]).filter((name) => !placed.includes(name)).map(plainPanel);
}

function plainPanel(name: MetricName): Builder<Panel> {
  const { kind, help, labels } = METRICS[name];
  const by = labels.length === 0 ? undefined : labels.join(', ');
  const legend = labels.length === 0 ? name : labels.map((label) => `{{${label}}}`).join(' ');
  const words = { title: `指标 ${name}`, description: `${help}。` };
  switch (kind) {
    case 'counter':
      return graph({ ...words, description: `${help}。每秒。`, targets: [promql('A', rate(name, by), legend)] });
    case 'gauge':
      return graph({
        ...words,
        targets: [promql('A', `max by (${['instance', ...labels].join(', ')}) (${name})`, `{{instance}} ${legend}`)],
      });
    case 'histogram':
      return graph({ ...words, description: `${help}。分位由直方图估出。`, targets: quantiles(name) });
  }
}
