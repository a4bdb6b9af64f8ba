import { readFileSync, readdirSync } from 'node:fs';
import { ALARM_LEVELS } from '@anlan/contracts';
import { OUR_DEFAULT, lintPack, loadPacks, parseYaml, pointFrom, readPack, ruleFrom, sourceOf } from './index.js';

const DATA = new URL('../data/', import.meta.url);
const { packs, metrics, templates } = loadPacks();

test.each(readdirSync(DATA).filter((name) => name.endsWith('.yaml')))('P1: every limit of %s names its source', (file) => {
  expect(lintPack(readFileSync(new URL(file, DATA), 'utf8'))).toEqual([]);
});

test('every domain has its pack, and a metric code or template id belongs to one of them', () => {
  expect(packs.map((pack) => pack.code)).toEqual(
    expect.arrayContaining(['brg', 'drn', 'elv', 'fire', 'gas', 'haz', 'heat', 'lgt', 'mhc', 'road', 'tsf', 'tun', 'uspace', 'wtr']),
  );
  expect(templates.size).toBe(packs.reduce((sum, pack) => sum + pack.templates.length, 0));
  expect(metrics.size).toBe(packs.reduce((sum, pack) => sum + pack.metrics.length, 0));
  expect(metrics.get('uspace_ch4_vol')).toMatchObject({ unit: '%VOL', domain: 'uspace', min: 0, max: 20 });
  expect(metrics.get('dev_battery_v')).not.toHaveProperty('domain');
});

test('limits grow graver in the direction of the breach, and lie inside the range of the sensor', () => {
  for (const { id, metric, side, levels } of [...templates.values()].filter((one) => one.kind === 'threshold')) {
    const range = metrics.get(metric);
    const along = side === 'low' ? -1 : 1;
    const plain = levels.map(({ at, high }) => at ?? high).filter((limit) => typeof limit === 'number');
    plain.forEach((limit, i) => {
      expect({ id, ok: i === 0 || (limit - (plain[i - 1] ?? limit)) * along > 0 }).toEqual({ id, ok: true });
      expect({ id, ok: limit >= (range?.min ?? -Infinity) && limit <= (range?.max ?? Infinity) }).toEqual({ id, ok: true });
    });
    expect(levels.map(({ level }) => ALARM_LEVELS.indexOf(level))).toEqual(levels.map(({ level }) => ALARM_LEVELS.indexOf(level)).sort());
  }
});

const pack = (level: string): string => `pack: x
name: 甲
nameEn: X
metrics:
  - { code: x_level, name: 液位, nameEn: Level, unit: m, min: 0, max: 5, interval: 1m, source: 行业惯例, confidence: K }
templates:
  - id: x_level
    metric: x_level
    name: 液位
    nameEn: Level
    side: high
    needs: { top: 上沿 }
    levels:
      - ${level}
`;

const kindPack = (template: string): string => `pack: x
name: 甲
nameEn: X
metrics:
  - { code: x_level, name: 液位, nameEn: Level, unit: m, min: 0, max: 5, interval: 1m, accuracy: ±1 cm, source: 行业惯例, confidence: K }
templates:
  - { id: x_rate, metric: x_level, name: 涨速, nameEn: Rise, kind: ${template} }
`;

describe('P1: a rule of another kind without a source, or that speaks of what nobody declares, is refused', () => {
  test.each([
    ['rate, body: {}', 'source_missing'],
    ['rate, source: GB 1, confidence: P, body: {}', 'source_wrong'],
    ['tide, source: GB 1, confidence: K, body: {}', 'bad_kind'],
    ['rate, source: GB 1, confidence: K, body: 3', 'bad_shape'],
    ['rate, source: GB 1, confidence: K, body: { pointIds: [] }', 'unknown_key'],
    ['rate, source: GB 1, confidence: K, body: { levels: [{ level: red, at: 1, source: GB 2 }] }', 'confidence_missing'],
    ['rate, source: GB 1, confidence: K, body: { levels: [{ level: red, at: 1 }, { level: blue, at: 0.5 }] }', 'bad_order'],
    ['rate, source: GB 1, confidence: K, body: { minSignal: { of: noise } }', 'unknown_reference'],
    ['forecast, source: GB 1, confidence: K, body: { target: { ref: "@limits" } }', 'unknown_reference'],
  ])('%s → %s', (template, code) => {
    expect(lintPack(kindPack(template))).toMatchObject([{ code, line: 7 }]);
  });

  test.each([
    'rate, source: GB 1, confidence: K, needs: { fast: 快 }, body: { levels: [{ level: red, at: { of: fast, times: 2 } }] }',
    'forecast, source: GB 1, confidence: K, refs: { limits: 限值 }, body: { target: { ref: "@limits", level: red } }',
    'vote, source: GB 1, confidence: K, body: { rollup: [{ need: 2, of: orange, gives: red }] }',
  ])('%s passes', (template) => {
    expect(lintPack(kindPack(template))).toEqual([]);
  });
});

describe('a formula of a derived point', () => {
  const pack = (formula: string): string =>
    kindPack('rate, source: GB 1, confidence: K, body: {}').replace('templates:', `derived:\n  - { ${formula} }\ntemplates:`);
  const head = 'id: x_twice, metric: x_level, name: 两倍, nameEn: Twice, refs: { level: 液位点 }';

  test('becomes a point of the bundle', () => {
    const [twice] =
      readPack(
        parseYaml(
          pack(
            `${head}, needs: { k: 倍数 }, source: GB 1, confidence: K, formula: { value: { op: mul, of: [{ op: last, point: "@level" }, { of: k }] } }`,
          ),
        ).value,
      ).pack?.derived ?? [];
    if (!twice) throw new Error('no formula');
    expect(pointFrom(twice, { id: 'p2', deviceId: 'd', refs: { level: 'p1' }, references: { k: 2 } })).toEqual({
      id: 'p2',
      deviceId: 'd',
      metric: 'x_level',
      name: '两倍',
      derived: { value: { op: 'mul', of: [{ op: 'last', point: 'p1' }, 2] } },
    });
  });

  test.each([
    [`${head}, formula: { value: 1 }`, 'source_missing'],
    [`${head}, source: GB 1, confidence: K, formula: { value: { op: last, point: "@flow" } }`, 'unknown_reference'],
    [`${head}, source: GB 1, confidence: K, formula: 2`, 'bad_shape'],
  ])('%s → %s', (formula, code) => {
    expect(lintPack(pack(formula))).toMatchObject([{ code, line: 7 }]);
  });
});

describe('P1: a reference table', () => {
  const pack = (table: string): string =>
    kindPack('rate, source: GB 1, confidence: K, body: {}').trimEnd() + `\ntables:\n  - { id: t, name: 表, nameEn: Table, ${table} }\n`;

  test.each([
    ['columns: [甲], rows: [[1]]', 'source_missing'],
    ['source: GB 1, confidence: K, columns: [甲, 乙], rows: [[1]]', 'bad_shape'],
    ['source: GB 1, confidence: K, columns: [甲], rows: []', 'empty'],
    ['source: GB 1, confidence: K, columns: 甲, rows: [[]]', 'bad_shape'],
  ])('%s → %s', (table, code) => {
    expect(lintPack(pack(table))).toMatchObject([{ code }]);
  });

  test('with a source and even rows passes', () => {
    expect(lintPack(pack('source: GB 1, confidence: K, columns: [甲, 乙], rows: [[一, 1], [二, 2]]'))).toEqual([]);
  });
});

describe('P1: a limit without a source, or with a wrong one, is refused with its line', () => {
  test.each([
    ['{ level: red, at: 3 }', 'source_missing'],
    ['{ level: red, at: 3, source: 平台推荐值 }', 'confidence_missing'],
    ['{ level: red, at: 3, source: GB 1, confidence: "?" }', 'confidence_missing'],
    ['{ level: red, at: 3, source: GB 1, confidence: P }', 'source_wrong'],
    [`{ level: red, at: 3, source: ${OUR_DEFAULT}, confidence: S }`, 'source_wrong'],
    ['{ level: red, source: GB 1, confidence: K }', 'limit_missing'],
    ['{ level: red, at: { of: bottom }, source: GB 1, confidence: K }', 'unknown_reference'],
    ['{ level: purple, at: 3, source: GB 1, confidence: K }', 'bad_level'],
    ['{ level: red, at: 3, onDelay: soon, source: GB 1, confidence: K }', 'bad_duration'],
    ['{ level: red, at: 3, colour: 1, source: GB 1, confidence: K }', 'unknown_key'],
  ])('%s → %s', (level, code) => {
    expect(lintPack(pack(level))).toMatchObject([{ code, line: 14 }]);
  });

  test('a good one passes, and broken YAML is one fault with a line', () => {
    expect(lintPack(pack('{ level: red, at: { of: top, times: 0.9 }, source: GB 1, confidence: K }'))).toEqual([]);
    expect(lintPack('pack: [')).toMatchObject([{ code: 'not_yaml', line: expect.any(Number) as number }]);
    expect(lintPack('- 1')).toMatchObject([{ code: 'bad_shape' }]);
  });
});

test('a template becomes a rule with its amounts worked out', () => {
  const template = templates.get('tsf_pool_level');
  if (!template) throw new Error('no template');
  const rule = ruleFrom(template, { id: 'r', pointIds: ['p'], references: { operating: 186, preFlood: 186.8, designFlood: 188.2 } });
  expect(rule).toMatchObject({
    id: 'r',
    kind: 'threshold',
    pointId: 'p',
    side: 'high',
    levels: [{ level: 'blue', at: 185.8 }, { at: 186 }, { at: 186.8 }, { at: 188.2 }],
  });
  expect(() => ruleFrom(template, { id: 'r', pointIds: ['p'] })).toThrow('needs the number "operating"');
  expect(sourceOf(template)).toBe('蓝、黄、橙、红 平台推荐值');
});

describe('a template of another kind becomes a rule', () => {
  const [forecast] =
    readPack(
      parseYaml(
        kindPack(
          'forecast, source: GB 1, clause: "2", confidence: K, needs: { span: 时长 }, refs: { limits: 限值 }, body: { target: { ref: "@limits", level: red }, hours: { of: span, times: 2 }, levels: [{ level: yellow, at: 24 }, { level: orange, at: { of: red, times: 1.1 }, source: 平台推荐值, confidence: P, note: 甲 }] }',
        ),
      ).value,
    ).pack?.templates ?? [];
  if (forecast?.kind !== 'forecast') throw new Error('no template');

  test('with amounts and ids filled in; what it says of another level is left to the engine', () => {
    expect(ruleFrom(forecast, { id: 'r', group: 'g', references: { span: 6 }, refs: { limits: 'lim-1' } })).toEqual({
      id: 'r',
      kind: 'forecast',
      name: '涨速',
      group: 'g',
      target: { ref: 'lim-1', level: 'red' },
      hours: 12,
      levels: [
        { level: 'yellow', at: 24 },
        { level: 'orange', at: { of: 'red', times: 1.1 } },
      ],
      source: '黄 GB 1 2 （待核对原文）；橙 平台推荐值',
    });
  });

  test('one name may stand for several ids where a list stands', () => {
    const several = { ...forecast, kind: 'vote' as const, body: { items: ['@limits', 'other'], at: '@limits' } };
    expect(ruleFrom(several, { id: 'r', group: 'g', refs: { limits: 'a' } })).toMatchObject({ items: ['a', 'other'], at: 'a' });
    expect(ruleFrom({ ...several, body: { items: ['@limits'] } }, { id: 'r', group: 'g', refs: { limits: ['a', 'b'] } })).toMatchObject({
      items: ['a', 'b'],
    });
    expect(() => ruleFrom(several, { id: 'r', group: 'g', refs: { limits: ['a', 'b'] } })).toThrow('one id of "limits"');
  });

  test('and says what was not given', () => {
    expect(() => ruleFrom(forecast, { id: 'r', pointIds: ['p'], refs: { limits: 'lim-1' } })).toThrow('needs the number "span"');
    expect(() => ruleFrom(forecast, { id: 'r', pointIds: ['p'], references: { span: 6 } })).toThrow('needs the id of "limits"');
  });
});

test('what the build keeps of a pack is all of it', () => {
  const { packs } = loadPacks();
  expect(JSON.parse(JSON.stringify(packs))).toStrictEqual(packs);
});
