import type { AlarmJson, DeadLetterJson, DeviceRowJson, NotificationJson, SampleJson, UserJson } from '@anlan/contracts';

/** The moment at which the sheet stands still: 2026-01-15 02:14:31 in Shanghai. */
export const SHEET_NOW = Date.parse('2026-01-14T18:14:31.000Z');

const before = (ms: number): string => new Date(SHEET_NOW - ms).toISOString();

/** A made-up alarm; each test or picture changes only what it is about. */
export function alarmFixture(change: Partial<AlarmJson> = {}): AlarmJson {
  return {
    id: 'alarm-1',
    version: 2,
    ruleId: 'r-well-7',
    ruleVersion: 3,
    pointId: 'well-7.ch4',
    kind: 'threshold',
    assetId: 'well-7',
    siteId: 'net-1',
    regionCode: '349902',
    unitId: 'gas-co',
    domain: 'uspace',
    level: 'orange',
    peakLevel: 'orange',
    pendingLevel: null,
    pendingDueAt: null,
    process: 'active',
    ack: 'unacked',
    ackedLevel: null,
    ackTrust: null,
    ackedBy: null,
    ackedAt: null,
    suppression: 'none',
    shelf: null,
    work: 'awaiting_confirmation',
    quality: 'good',
    firstBreachAt: before(540_000),
    raisedAt: before(480_000),
    endedAt: null,
    endReason: null,
    value: 2.61,
    unit: '%VOL',
    reason: '2.61 %VOL ≥ 2.5 %VOL，连续 2 次',
    reasonEn: '2.61 %VOL ≥ 2.5 %VOL for 2 readings',
    latching: false,
    retrospective: false,
    n: 1,
    no: 'A7K2',
    ackDueAt: new Date(SHEET_NOW + 96_000).toISOString(),
    parentId: null,
    firstOut: false,
    cycles: 0,
    recurrenceOf: null,
    escalation: 0,
    reAlarms: 0,
    closedAt: null,
    createdAt: before(480_000),
    updatedAt: before(470_000),
    place: {
      site: '临江区燃气相邻窨井',
      asset: '滨江路阀门井 7 号',
      point: '甲烷',
      metric: '甲烷体积分数',
      metricCode: 'uspace_ch4_vol',
      unit: '%VOL',
      deviceId: 'well-7',
      region: '临江区',
      unitName: '江澜燃气',
    },
    ...change,
  };
}

const ACKED: Partial<AlarmJson> = {
  ack: 'acked',
  ackedBy: '王五',
  ackedAt: before(420_000),
  ackedLevel: 'orange',
  ackTrust: 'login',
  work: 'confirmed',
  ackDueAt: null,
};

/** One alarm for each state that a row can be in. */
export const ROW_STATES: readonly AlarmJson[] = [
  alarmFixture({ id: 's-red', level: 'red', peakLevel: 'red', value: 5.2, ackDueAt: before(12_000) }),
  alarmFixture({ id: 's-orange' }),
  alarmFixture({ id: 's-acked', ...ACKED }),
  alarmFixture({ id: 's-yellow', level: 'yellow', cycles: 2, ackDueAt: new Date(SHEET_NOW + 1_260_000).toISOString() }),
  alarmFixture({ id: 's-blue', level: 'blue', ackDueAt: null, raisedAt: before(90_000_000) }),
  alarmFixture({ id: 's-stale', level: 'yellow', quality: 'stale', ...ACKED }),
  alarmFixture({
    id: 's-shelved',
    suppression: 'shelved',
    shelf: {
      reason: '探头标定',
      by: '张三',
      at: before(60_000),
      until: new Date(SHEET_NOW + 2_400_000).toISOString(),
      oneShot: false,
      permitLevel: 'orange',
    },
  }),
  alarmFixture({ id: 's-latched', process: 'latched', level: 'red', ...ACKED }),
  alarmFixture({ id: 's-normal', process: 'normal', endedAt: before(30_000), endReason: 'recovered', ...ACKED }),
  alarmFixture({ id: 's-closed', process: 'normal', endedAt: before(30_000), level: 'blue', ...ACKED, work: 'closed' }),
];

export const USER: UserJson = {
  id: 'u1',
  username: 'lisi',
  name: '李四',
  personId: null,
  roles: ['shift_leader', 'analyst', 'admin'],
  scope: { regionCodes: null },
  disabled: false,
  mustChangePassword: false,
  createdAt: before(86_400_000),
};

export function deviceFixture(change: Partial<DeviceRowJson> = {}): DeviceRowJson {
  return {
    id: 'well-7',
    name: '滨江路 7 号井',
    enabled: true,
    assetId: 'well-7',
    assetName: '滨江路阀门井 7 号',
    siteId: 'net-1',
    siteName: '临江区燃气相邻窨井',
    regionCode: '349902',
    domain: 'uspace',
    zone: 'Asia/Shanghai',
    intervalMs: 60_000,
    gatewayId: null,
    online: true,
    since: before(3_600_000),
    lastMessageAt: before(20_000),
    points: 1,
    newest: [
      {
        pointId: 'well-7.ch4',
        metric: 'uspace_ch4_vol',
        metricName: '甲烷体积分数',
        unit: '%VOL',
        t: before(21_000),
        v: 2.61,
        q: 'good',
        receivedAt: before(20_000),
      },
    ],
    ...change,
  };
}

export const LETTER: DeadLetterJson = {
  id: 'dl-1',
  deviceId: 'well-7',
  receivedAt: before(300_000),
  code: 'value_bad',
  reason: 'value "n/a" is not a number',
  payload: '{"t":1768414000000,"values":{"uspace_ch4_vol":"n/a"}}',
  topic: 'anlan/v1/devices/well-7/telemetry',
  retriedAt: null,
  retryOutcome: null,
};

export const NOTICE: NotificationJson = {
  id: 'n-1',
  eventId: 'e-1',
  alarmId: 'alarm-1',
  kind: 'raise',
  level: 'orange',
  channel: 'outbox',
  personId: 'p1',
  recipient: '张三',
  step: 0,
  state: 'sent',
  text: '【监测】橙色报警 A7K2：滨江路阀门井 7 号 甲烷 2.61 %VOL ≥ 2.5 %VOL。请核实。',
  link: '/a/example',
  mergedInto: null,
  attempts: 1,
  createdAt: before(480_000),
  dueAt: before(480_000),
  sentAt: before(479_000),
  outcome: null,
};

/** An hour and a half of a rising curve with a gap, two doubtful readings and three bad ones. */
export const SAMPLES: readonly SampleJson[] = Array.from({ length: 180 }, (_, i): SampleJson => {
  const x = i / 180;
  return {
    t: before((180 - i) * 30_000),
    v: Math.round((0.3 + 2.5 / (1 + Math.exp(-12 * (x - 0.75)))) * 1_000) / 1_000,
    q: i % 60 === 50 ? 'bad' : i % 80 === 70 ? 'uncertain' : 'good',
  };
}).filter((_, i) => i < 55 || i > 85);
