import { ALARM_LEVELS, NOTICE_KINDS, type AlarmLevel, type Level, type Route } from '@anlan/contracts';
import { ADMINISTRATOR, smallCity } from '@anlan/testing';
import { type NoticeFacts, plain, recipientsOf, renderDigest, renderNotice, shortCodeOf } from './index.js';

const concern = { level: 'red', domain: 'uspace', regionCode: '110', unitId: 'gas-co' } as const;
const told = (routes: readonly Route[], more: Partial<Parameters<typeof recipientsOf>[1]> = {}): readonly string[] =>
  recipientsOf({ registry: smallCity(routes), administrators: [ADMINISTRATOR] }, { ...concern, ...more }).map(
    ({ person, channels }) => `${person.id}:${channels.join('+')}`,
  );
const route = (more: Partial<Route>): Route => ({ id: 'r', levels: ['red'], personIds: ['p9'], channels: ['outbox'], ...more });

describe('recipients (ruling 35)', () => {
  test('routes by level, domain and region with all below it', () => {
    expect(told([route({})])).toEqual(['p9:outbox']);
    expect(told([route({ regionCode: '100' })])).toEqual(['p9:outbox']);
    expect(told([route({ domain: 'uspace', regionCode: '110' })])).toEqual(['p9:outbox']);
    for (const other of [{ levels: ['blue'] as const }, { domain: 'dam' }, { regionCode: '120' }])
      expect(told([route(other)])).toEqual(['p1:outbox', 'p2:outbox+webhook']);
  });

  test('several routes add up, each person once', () => {
    expect(told([route({ personIds: ['p2', 'p1'] }), route({ id: 's', personIds: ['p2'], channels: ['webhook'] })])).toEqual([
      'p1:outbox',
      'p2:outbox+webhook',
    ]);
  });

  test('R-19: never nobody: unknown people, no people, no administrators', () => {
    expect(told([route({ personIds: ['gone'] })])).toEqual(['p1:outbox', 'p2:outbox+webhook']);
    expect(told([], { unitId: null })).toEqual(['admin:outbox']);
    expect(recipientsOf({ registry: smallCity(), administrators: [] }, { ...concern, unitId: 'none' })).toMatchObject([
      { person: { id: 'administrators' }, channels: ['outbox'] },
    ]);
    expect(told([route({ personIds: ['p1'], channels: ['webhook'] })])).toEqual(['p1:outbox']);
  });

  test('a loop of regions ends', () => {
    const registry = {
      ...smallCity([route({ regionCode: '999' })]),
      regions: new Map([['110', { code: '110', name: 'a', parent: '110' }]]),
    };
    expect(recipientsOf({ registry, administrators: [] }, concern).map(({ person }) => person.id)).toEqual(['p1', 'p2']);
  });
});

const facts: NoticeFacts = {
  kind: 'raise',
  level: 'red',
  peakLevel: 'red',
  alarmKind: 'threshold',
  names: { site: '东区燃气管网', asset: '阀门井 G-0001', metric: '甲烷体积分数', metricEn: 'Methane' },
  value: 5.123456789,
  unit: '%VOL',
  reason: { zh: '5.12 %VOL ≥ 5 %VOL', en: '5.12 %VOL >= 5 %VOL' },
  no: 'A7K2',
  t: 1_750_000_000_000,
  step: 1,
};

describe('words', () => {
  test('what, where, how much, how long, and the code to say on the phone', () => {
    expect(renderNotice(facts)).toEqual({
      zh: '【红色报警】东区燃气管网 阀门井 G-0001 甲烷体积分数 5.12346 %VOL，请2分钟内确认。编号A7K2',
      en: '[RED ALARM] 东区燃气管网 阀门井 G-0001 Methane 5.12346 %VOL (5.12 %VOL ＞= 5 %VOL). Acknowledge within 2 min. No. A7K2',
    });
  });

  test.each(NOTICE_KINDS.flatMap((kind) => ALARM_LEVELS.map((level) => [kind, level] as const)))(
    '%s %s fits one message in Chinese, even with the longest names',
    (kind, level) => {
      const long = '很'.repeat(60);
      const { zh, en } = renderNotice({ ...facts, kind, level, names: { site: long, asset: long, metric: long, metricEn: long } });
      expect([...zh].length).toBeLessThanOrEqual(kind === 'late' ? 95 : 90);
      expect([...renderNotice({ ...facts, kind, level }).zh].length).toBeLessThanOrEqual(kind === 'late' ? 75 : 70);
      expect([zh, en].every((text) => text.includes('A7K2'))).toBe(true);
    },
  );

  test('a recovery does not show the value of the breach as if it were of now', () => {
    expect(renderNotice({ ...facts, kind: 'recovery' }).zh).toBe(
      '【报警恢复】东区燃气管网 阀门井 G-0001 甲烷体积分数，已恢复正常（最高红色）。编号A7K2',
    );
  });

  test.each(['a\r\nb', 'a【红色】b', '<img src=x>b', 'https://evil.example', '\u202Eabc', 'a\u0000b', '[x](y)', '`x`'])(
    'S-55: %j loses what could act',
    (name) => {
      expect(plain(name, 50)).not.toMatch(/[\p{C}<>【】[\]`]|:\/\//u);
    },
  );

  test('S-55: cut by code point, never within one', () => expect(plain('😀'.repeat(20), 5)).toBe('😀😀😀😀…'));

  test('R-24: a digest counts every alarm', () => {
    const rows = Array.from({ length: 7 }, (_, index) => ({
      alarmId: `a${index}`,
      createdAt: index,
      level: index < 2 ? ('yellow' as const) : ('blue' as const),
      text: `第${index}条\nno. ${index}`,
    }));
    const text = renderDigest(rows, new Map());
    expect(text.split('\n')).toHaveLength(7);
    expect(text).toContain('共7条：黄色2、蓝色5');
    expect(text).toContain('另有2条');
  });

  test('a digest counts each alarm once, by what it shows when it is sent', () => {
    const row = (alarmId: string, level: AlarmLevel, at: number, text = `${alarmId} ${level}`) => ({ alarmId, level, createdAt: at, text });
    const rows = [
      row('a', 'blue', 1),
      row('a', 'yellow', 2),
      row('b', 'blue', 1),
      row('c', 'yellow', 1),
      row('d', 'blue', 3, '【报警恢复】d'),
    ];
    const shown = new Map<string, Level>([['a', 'yellow'], ['b', 'red'], ['c', 'normal'], ['d', 'normal']]); // prettier-ignore
    expect(renderDigest(rows, shown).split('\n')).toEqual([
      '【报警汇总】共4条：红色1、黄色1、已恢复2 / [DIGEST] 4: 1 RED, 1 YELLOW, 2 RECOVERED',
      'b blue（现红色）',
      'a yellow',
      'c yellow（现已恢复）',
      '【报警恢复】d',
    ]);
  });
});

test('short codes are 4 characters that nobody mistakes', () => {
  for (const id of ['0'.repeat(32), 'f'.repeat(32), '12ab34cd56ef'.padEnd(32, '0')])
    expect(shortCodeOf(id)).toMatch(/^[2-9A-HJKMNP-Z]{4}$/);
});
