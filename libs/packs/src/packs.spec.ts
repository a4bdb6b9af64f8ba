import { readFileSync, readdirSync } from 'node:fs';
import { ALARM_LEVELS } from '@anlan/contracts';
import { OUR_DEFAULT, lintPack, loadPacks, ruleFrom, sourceOf } from './index.js';

const DATA = new URL('../data/', import.meta.url);
const { packs, metrics, templates } = loadPacks();

test.each(readdirSync(DATA).filter((name) => name.endsWith('.yaml')))('P1: every limit of %s names its source', (file) => {
  expect(lintPack(readFileSync(new URL(file, DATA), 'utf8'))).toEqual([]);
});

test('the four packs are there, and a metric code belongs to one of them', () => {
  expect(packs.map((pack) => pack.code)).toEqual(['gas', 'haz', 'tsf', 'uspace']);
  expect(metrics.size).toBe(packs.reduce((sum, pack) => sum + pack.metrics.length, 0));
  expect(metrics.get('uspace_ch4_vol')).toMatchObject({ unit: '%VOL', domain: 'uspace', min: 0, max: 20 });
  expect(metrics.get('dev_battery_v')).not.toHaveProperty('domain');
});

test('limits grow graver in the direction of the breach, and lie inside the range of the sensor', () => {
  for (const { id, metric, side, levels } of templates.values()) {
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
