import { readFileSync, readdirSync } from 'node:fs';
import { demoCity, loadPacks, type ThresholdTemplate } from '@anlan/packs';
import type { Dashboard, Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { LEVEL_COLOUR, NEUTRAL } from './colours.js';
import { dashboards } from './dashboards.js';
import { faultsOf } from './faults.js';
import { limitsInWords, stepsOf } from './limits.js';
import { panelsOf, targetsOf } from './panel-targets.js';

const packs = loadPacks();
const all = dashboards(packs);
const FOLDER = new URL('../../../dashboards/', import.meta.url);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const template = (id: string): ThresholdTemplate | undefined => {
  const found = packs.templates.get(id);
  return found?.kind === 'threshold' ? found : undefined;
};
const { red, orange, yellow, blue } = LEVEL_COLOUR;

test('there are the six boards, without a fault, the same each time', () => {
  expect(Object.keys(all)).toEqual([
    'city-overview.json',
    'gas.json',
    'hazard-source.json',
    'tailings-dam.json',
    'alarm-kpi.json',
    'platform-health.json',
  ]);
  expect(faultsOf(all)).toEqual([]);
  expect(plain(dashboards(packs))).toEqual(plain(all));
});

test('the committed files are what the code gives', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(all).sort());
  for (const [file, dashboard] of Object.entries(all))
    expect(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))).toEqual(plain(dashboard));
});

test('no panel asks for a metric that the demo city has no point of', () => {
  const had = new Set(demoCity(packs).points.map(({ metric }) => metric));
  const asked = Object.values(all).flatMap((dashboard) =>
    targetsOf(dashboard).flatMap(({ text }) => /"metric" = '(\w+)'/.exec(text)?.[1] ?? []),
  );
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.filter((metric) => !had.has(metric))).toEqual([]);
});

test('every panel with limits says where each comes from', () => {
  const limited = Object.values(all)
    .flatMap(panelsOf)
    .filter(
      ({ targets, fieldConfig }) =>
        JSON.stringify(targets).includes('metric\\" = ') && (fieldConfig?.defaults.thresholds?.steps.length ?? 0) > 1,
    );
  expect(limited.length).toBeGreaterThan(10);
  expect(limited.filter(({ description }) => !/来源：.*(平台推荐值|GB|CJJ|AQ)/.test(description ?? ''))).toEqual([]);
});

describe('limits as steps', () => {
  const steps = (id: string): readonly (readonly [number | null, string])[] =>
    stepsOf(template(id)).map(({ value, color }: Threshold) => [value, color] as const);

  test('high: from each limit up its own colour', () => {
    expect(steps('uspace_ch4_vol')).toEqual([
      [null, NEUTRAL],
      [0.5, blue],
      [1, yellow],
      [2.5, orange],
      [5, red],
    ]);
  });

  test('low: below each limit its own colour', () => {
    expect(steps('gas_odorant')).toEqual([
      [null, yellow],
      [16, blue],
      [20, NEUTRAL],
    ]);
  });

  test('both: a neutral band between the two ladders', () => {
    expect(steps('uspace_o2')).toEqual([
      [null, red],
      [16, orange],
      [18, yellow],
      [19.5, NEUTRAL],
      [23.5, yellow],
      [25, orange],
      [28, red],
    ]);
  });

  test("an asset's own numbers give no line, and the words say why", () => {
    expect(steps('tsf_phreatic_depth')).toEqual([[null, NEUTRAL]]);
    const words = limitsInWords(template('tsf_phreatic_depth') ?? missing());
    expect(words).toContain('橙色 ≤ 控制浸润线埋深 × 1.1');
    expect(words).toContain('橙 GB 51108-2015 8.3 条文说明');
  });

  test('steps always rise, for every template of every pack', () => {
    for (const one of [...packs.templates.values()].filter(({ kind }) => kind === 'threshold').flatMap(({ id }) => template(id) ?? [])) {
      const values = stepsOf(one).map(({ value }) => value ?? -Infinity);
      expect({ id: one.id, rising: values.every((value, i) => i === 0 || value > (values[i - 1] ?? Infinity)) }).toEqual({
        id: one.id,
        rising: true,
      });
    }
  });
});

describe('what Grafana would pass over in silence is a fault', () => {
  type Loose = { uid: string; title: string; panels: Record<string, unknown>[]; templating: { list: unknown[] } };
  const broken = (change: (board: Loose) => void): readonly string[] => {
    const copy = plain(all['gas.json']) as Loose;
    change(copy);
    return faultsOf({ 'gas.json': copy as unknown as Dashboard });
  };

  test.each<[string, (board: Loose) => void, RegExp]>([
    ['an id used twice', ({ panels }) => Object.assign(panels[2] ?? {}, { id: panels[1]?.['id'] }), /panel id 2 is missing or used twice/],
    ['a panel on another', ({ panels }) => Object.assign(panels[2] ?? {}, { gridPos: panels[1]?.['gridPos'] }), / lies on /],
    ['no description', ({ panels }) => Object.assign(panels[1] ?? {}, { description: '' }), /no description/],
    ['no query', ({ panels }) => Object.assign(panels[1] ?? {}, { targets: [] }), /no query/],
    ['a title without Chinese', (board) => Object.assign(board, { title: 'Gas' }), /the title is not Chinese/],
    ['a variable that nobody declares', (board) => Object.assign(board, { templating: { list: [] } }), /\$site is used and not declared/],
    [
      'an unknown source of a variable',
      ({ templating }) => Object.assign(templating.list[0] ?? {}, { datasource: { uid: 'x' } }),
      /names no data source of ours/,
    ],
  ])('%s', (_, change, fault) => {
    expect(broken(change).join('\n')).toMatch(fault);
  });

  test('a uid used twice', () => {
    expect(faultsOf({ a: all['gas.json'] ?? missing(), b: all['gas.json'] ?? missing() })[0]).toMatch(/used twice/);
  });
});

function missing(): never {
  throw new Error('not there');
}
