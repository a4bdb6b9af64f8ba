import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { postgresDialect } from '@anlan/adapter-postgres';
import { sqlRecords, type Records } from '@anlan/adapter-sql';
import type { Alarm, AlarmEvent, AlarmEventType, AlarmLevel } from '@anlan/contracts';
import { demoCity, loadPacks } from '@anlan/packs';
import { born, sampleAlarm, sampleEvent, sampleNotification } from '@anlan/ports/contract';
import { describeWith } from '@anlan/testing';
import pg from 'pg';
import { dashboards } from './dashboards.js';
import { targetsOf, type PanelTarget } from './panel-targets.js';

const SCRIPT = fileURLToPath(new URL('../../../deploy/grafana/records-views.sql', import.meta.url));
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TO = Math.floor(Date.now() / HOUR) * HOUR;
const FROM = TO - 6 * HOUR;
const NAME = `anlan_spec_${randomUUID().slice(0, 8)}`;
const READER = `${NAME}_reader`;
const PASSWORD = 'it\'s a "password"';

const packs = loadPacks();
const boards = dashboards(packs);

describeWith('postgres', 'SQL panels, marks and variables on the real views', (address) => {
  const urlOf = (user: string | null): string => {
    const url = new URL(address);
    url.pathname = `/${NAME}`;
    if (user !== null) Object.assign(url, { username: user, password: encodeURIComponent(PASSWORD) });
    return url.href;
  };
  const makeViews = (): ReturnType<typeof spawnSync> =>
    spawnSync('psql', [urlOf(null), '-q', '-v', `reader=${READER}`, '-v', `password=${PASSWORD}`, '-f', SCRIPT], { encoding: 'utf8' });
  let records: Records;
  let reader: pg.Client;

  const asAdmin = async (...statements: readonly string[]): Promise<void> => {
    const admin = new pg.Client({ connectionString: address });
    await admin.connect();
    for (const statement of statements) await admin.query(statement);
    await admin.end();
  };

  beforeAll(async () => {
    await asAdmin(`create database ${NAME}`);
    records = await sqlRecords({
      watchNesting: true,
      dialect: postgresDialect({ url: urlOf(null), poolSize: 2 }),
      keys: { current: 'k', peppers: new Map([['k', new Uint8Array(32).fill(7)]]) },
      catalogue: packs.metrics,
      publicUrl: 'http://127.0.0.1:8080',
      clock: { now: () => TO },
      onFatal: (error) => {
        throw error;
      },
    });
    await records.registry.importBundle(JSON.parse(JSON.stringify(demoCity(packs))), { kind: 'system', id: 's' }, FROM);
    await writeAlarms(records);
    expect(makeViews()).toMatchObject({ status: 0, stderr: '' });
    reader = new pg.Client({ connectionString: urlOf(READER) });
    await reader.connect();
  }, 120_000);
  afterAll(async () => {
    await reader?.end();
    await records?.close();
    await asAdmin(`drop database if exists ${NAME} with (force)`, `drop role if exists ${READER}`);
  });

  const rowsOf = async (sql: string, site = '.*'): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await reader.query(filled(sql, site))).rows as readonly Record<string, unknown>[];
  const panel = (title: string): PanelTarget => {
    const found = targetsOf(boards['alarm-kpi.json'] ?? fail(title)).find((one) => one.panel.startsWith(title));
    return found ?? fail(title);
  };

  test('running it again changes nothing', () => {
    expect(makeViews()).toMatchObject({ status: 0, stderr: '' });
  });

  for (const [file, dashboard] of Object.entries(boards)) {
    const targets = targetsOf(dashboard).filter(({ source }) => source === 'records');
    if (targets.length > 0)
      describe(file, () => {
        test.each(targets.map((target) => [target.panel, target] as const))('%s has rows, with alarms and without', async (_, target) => {
          expect(await rowsOf(target.text)).not.toEqual([]);
          if (!/^(告警最多|通知结果)/.test(target.panel) && !target.text.includes('s.id ~'))
            expect(await rowsOf(target.text, 'no-such-site')).not.toEqual([]);
          if (target.shape === 'time_series') expect((await rowsOf(target.text)).every(({ time }) => time instanceof Date)).toBe(true);
        });
      });
  }

  test('open alarms are those of the duty desk, by level', async () => {
    expect(await rowsOf(panel('未销号告警').text)).toEqual([{ 红: '1', 橙: '2', 黄: '0', 蓝: '0' }]);
    expect(await rowsOf(panel('未确认告警').text)).toEqual([{ 红: '1', 橙: '0', 黄: '0', 蓝: '0' }]);
    expect((await records.alarmQueries.counts({ regionCodes: null }, {})).byLevel).toEqual({ red: 1, orange: 2 });
  });

  test('response: counted by highest level, acknowledged from the first acknowledgement, overdue if the limit ever passed', async () => {
    const byLevel = Object.fromEntries((await rowsOf(panel('响应').text)).map((row) => [row['级别'], row]));
    expect(byLevel['橙']).toMatchObject({
      总数: '3',
      已确认: '3',
      超时未确认: '1',
      '及时率 %': '66.7',
      '平均确认 s': '240',
      误报: '1',
      '误报率 %': '100.0',
    });
    expect(byLevel['红']).toMatchObject({ 总数: '1', 已确认: '0', 超时未确认: '0', '及时率 %': '100.0', '平均确认 s': '0' });
    expect(byLevel['蓝']).toMatchObject({ 总数: '0', '及时率 %': '100', 误报: '0' });
    expect(await rowsOf(panel('确认时间中位').text)).toEqual([{ 红: 0, 橙: 120, 黄: 0, 蓝: 0 }]);
  });

  test('load: every hour and every ten minutes has its row, and history that nobody was told counts nowhere', async () => {
    const hours = await rowsOf(panel('每小时新告警').text);
    expect(hours).toHaveLength(7 * 4);
    expect(hours.reduce((sum, { value }) => sum + Number(value), 0)).toBe(4);
    const windows = await rowsOf(panel('每 10 分钟告警数').text);
    expect(windows).toHaveLength(37);
    expect(Math.max(...windows.map((row) => Number(row['告警'])))).toBe(2);
  });

  test('a chosen site leaves out the others', async () => {
    expect(await rowsOf(panel('未销号告警').text, 'hz-hr')).toEqual([{ 红: '1', 橙: '0', 黄: '0', 蓝: '0' }]);
  });

  test("marks: alarms of the board's domains from raising to recovery", async () => {
    const marks = (boards['hazard-source.json']?.annotations.list ?? []).map(
      ({ target }) => (target as unknown as { rawSql: string }).rawSql,
    );
    expect(await rowsOf(marks[1] ?? '')).toEqual([]);
    const red = await rowsOf(marks[0] ?? '');
    expect(marks).toHaveLength(4);
    expect(red).toMatchObject([{ time: new Date(TO - 30 * MINUTE), tags: 'haz,threshold', text: 'RED1 hz-hr-toxd01.haz_nh3 超限' }]);
  });

  test('variables offer the sites and points of the board by name', async () => {
    const [site, point] = (boards['tailings-dam.json']?.templating.list ?? []).map(({ query }) => query as string);
    expect((await rowsOf(site ?? '')).map((row) => row['__value'])).toEqual(['tsf-dqg', 'tsf-sbk']);
    const points = await rowsOf(point ?? '', 'tsf-sbk');
    expect(points).toContainEqual({ __text: '雨量站 · tsf-sbk-raind.tsf_rain_24h', __value: 'tsf-sbk-raind.tsf_rain_24h' });
    expect(points.filter((row) => !String(row['__value']).startsWith('tsf-sbk'))).toEqual([]);
  });

  test.each([
    'select * from public.people',
    'select * from public.alarms',
    'select * from public.users',
    'select * from public.sessions',
    'select * from public.links',
    'create table public.mine (a int)',
    'create table grafana.mine (a int)',
    'delete from grafana.sites',
    'set default_transaction_read_only = off; delete from grafana.sites',
  ])('the reader may not %s', async (statement) => {
    await expect(reader.query(statement)).rejects.toThrow(/permission denied|read-only/);
  });

  test('no view shows a person, a text of a message or a link', async () => {
    const { rows } = await reader.query<{ column_name: string }>(
      `select column_name from information_schema.columns where table_schema = 'grafana'`,
    );
    const names = rows.map(({ column_name: name }) => name);
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => /person|recipient|phone|text|link|comment|actor|body|payload|token|hash/.test(name))).toEqual([]);
  });
});

function fail(what: string): never {
  throw new Error(`no panel ${what}`);
}

/** What Grafana fills in before it asks. */
function filled(sql: string, site: string): string {
  const at = (ms: number): string => `'${new Date(ms).toISOString()}'`;
  return sql
    .replace(/\$__timeFilter\((\w+)\)/g, (_, column: string) => `${column} BETWEEN ${at(FROM)} AND ${at(TO)}`)
    .replaceAll('$__timeFrom()', at(FROM))
    .replaceAll('$__timeTo()', at(TO))
    .replaceAll('${site:regex}', site);
}

type Story = Readonly<{
  id: string;
  pointId: string;
  siteId: string;
  domain: string;
  level: AlarmLevel;
  raisedAt: number;
  more?: Partial<Alarm>;
  then?: readonly (readonly [AlarmEventType, number])[];
}>;

/** Two orange that people handled (one late), one that was false, one red that nobody has seen, one of history, one long ago. */
const STORIES: readonly Story[] = [
  {
    id: 'a',
    pointId: 'us-lj-d01.uspace_ch4_vol',
    siteId: 'us-lj',
    domain: 'uspace',
    level: 'orange',
    raisedAt: TO - 200 * MINUTE,
    more: { ack: 'acked' },
    then: [['acknowledged', 2 * MINUTE]],
  },
  {
    id: 'b',
    pointId: 'us-lj-d02.uspace_ch4_vol',
    siteId: 'us-lj',
    domain: 'uspace',
    level: 'orange',
    raisedAt: TO - 198 * MINUTE,
    more: { ack: 'acked', process: 'normal', endedAt: TO - 100 * MINUTE },
    then: [
      ['ack_overdue', 5 * MINUTE],
      ['acknowledged', 8 * MINUTE],
      ['acknowledged', 50 * MINUTE],
    ],
  },
  {
    id: 'c',
    pointId: 'gas-lj-tp01.gas_lel',
    siteId: 'gas-lj',
    domain: 'gas',
    level: 'orange',
    raisedAt: TO - 90 * MINUTE,
    more: { ack: 'acked', work: 'false_alarm', closedAt: TO - 80 * MINUTE },
    then: [['acknowledged', 2 * MINUTE]],
  },
  {
    id: 'd',
    pointId: 'hz-hr-toxd01.haz_nh3',
    siteId: 'hz-hr',
    domain: 'haz',
    level: 'red',
    raisedAt: TO - 30 * MINUTE,
    more: { no: 'RED1' },
  },
  {
    id: 'e',
    pointId: 'hz-hr-toxd02.haz_nh3',
    siteId: 'hz-hr',
    domain: 'haz',
    level: 'red',
    raisedAt: TO - 60 * MINUTE,
    more: { retrospective: true, process: 'normal', endedAt: TO - 50 * MINUTE },
  },
  {
    id: 'f',
    pointId: 'hz-hr-toxd03.haz_nh3',
    siteId: 'hz-hr',
    domain: 'haz',
    level: 'yellow',
    raisedAt: TO - 100 * HOUR,
    more: { process: 'normal', endedAt: TO - 99 * HOUR, work: 'closed' },
  },
];

async function writeAlarms(records: Records): Promise<void> {
  await records.alarms.transact(async (tx) => {
    for (const { id, pointId, siteId, domain, level, raisedAt, more, then = [] } of STORIES) {
      const alarm = sampleAlarm(id, {
        key: { pointId, ruleId: 'r-1', kind: 'threshold' },
        siteId,
        domain,
        level,
        peakLevel: level,
        raisedAt,
        firstBreachAt: raisedAt,
        ...more,
      });
      const events: readonly AlarmEvent[] = [
        sampleEvent(alarm, 1, { at: raisedAt }),
        ...then.map(([type, after], i) => sampleEvent(alarm, i + 2, { type, at: raisedAt + after })),
      ];
      const notifications = [sampleNotification(alarm, 1, { createdAt: raisedAt, state: 'sent', sentAt: raisedAt + 300 })];
      await tx.write({ ...born(alarm, { notifications }), events });
    }
  });
  await records.deadLetters.put([
    { id: 'x1', deviceId: 'us-lj-d01', receivedAt: TO - MINUTE, code: 'time_missing', reason: 'no t', payload: '{}', topic: 't' },
  ]);
}
