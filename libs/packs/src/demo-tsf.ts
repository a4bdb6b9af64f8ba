import {
  NOTHING,
  degrees,
  instrument,
  joined,
  pointsOf,
  range,
  templateNamed,
  two,
  type CityPart,
  type DemoAsset,
  type Templates,
} from './demo-parts.js';
import { placeIn, type DistrictCode } from './demo-regions.js';
import { ruleFrom, type References, type RuleBody } from './template.js';

type Place = readonly [east: number, north: number];
/** How often it reports, and where it stands. */
type Post = readonly [seconds: number, east: number, north: number];
type Pond = Readonly<{
  id: string;
  district: DistrictCode;
  unitId: string;
  name: string;
  address: string;
  /** By template: the design institute's numbers. */ design: Readonly<Record<string, References>>;
}>;

/** Control depth by dam height and minimum beach and freeboard by grade: GB 50863-2013 as the pack has them; levels of the pool are made up. */
const PONDS: readonly Pond[] = [
  {
    id: 'tsf-dqg',
    district: '349922',
    unitId: 'ql-mine',
    name: '大青沟尾矿库（三等，头顶库）',
    address: '青岭县大青沟村上游 0.6 km',
    design: {
      tsf_phreatic_depth: { control: 5.2 },
      tsf_pool_level: { operating: 186, preFlood: 186.8, designFlood: 188.2 },
      tsf_beach_length: { minimum: 70 },
      tsf_freeboard: { minimum: 0.7 },
      tsf_disp_h: { limit: 120 },
      tsf_bank_disp: { limit: 150 },
      tsf_seepage_turbidity: { base: 8 },
    },
  },
  {
    id: 'tsf-sbk',
    district: '349921',
    unitId: 'wx-mine',
    name: '石壁坑尾矿库（四等）',
    address: '望溪县石壁坑沟口',
    design: {
      tsf_phreatic_depth: { control: 3.4 },
      tsf_pool_level: { operating: 142, preFlood: 142.6, designFlood: 143.8 },
      tsf_beach_length: { minimum: 50 },
      tsf_freeboard: { minimum: 0.5 },
      tsf_disp_h: { limit: 100 },
      tsf_bank_disp: { limit: 120 },
      tsf_seepage_turbidity: { base: 6 },
    },
  },
];

/** Two tailings ponds, one of them above a village (头顶库): phreatic line, displacement, pool, beach, rain, seepage, drain wells. */
export function demoPonds(templates: Templates): CityPart {
  return joined(PONDS.map((pond) => pondPart(pond, templates)));
}

function pondPart(pond: Pond, templates: Templates): CityPart {
  const { id, district, unitId, name, address } = pond;
  const center = placeIn(district, 0.46, 0.48);
  /** Metres along and behind the crest of the dam. */
  const at = (east: number, north: number): Readonly<{ lon: number; lat: number }> => ({
    lon: degrees(center.lon + east / 95_600),
    lat: degrees(center.lat + north / 111_200),
  });
  const asset = (key: string, title: string, place: Place): DemoAsset => ({
    id: `${id}-${key}`,
    siteId: id,
    name: title,
    type: 'instrument',
    ...at(place[0], place[1]),
  });
  const one = (key: string, title: string, [seconds, ...place]: Post, metrics: readonly string[]): CityPart =>
    instrument({ asset: asset(key, title, place), device: `${id}-${key}d`, name: title, seconds, metrics });
  const part = joined([
    { ...NOTHING, sites: [{ id, name, domain: 'tsf', regionCode: district, unitId, ...center, address }] },
    ...range(8).map((n) =>
      one(
        `pz${two(n + 1)}`,
        `浸润线 ${n < 4 ? 'A' : 'B'} 断面 P-${two(n + 1)}`,
        [20, n < 4 ? -60 : 60, -30 * ((n % 4) + 1)],
        ['tsf_phreatic_depth', 'tsf_pore_pressure'],
      ),
    ),
    ...range(6).map((n) =>
      one(
        `gn${two(n + 1)}`,
        `坝体位移 GNSS ${two(n + 1)}`,
        [60, -100 + 40 * n, n % 2 === 0 ? -15 : -75],
        ['tsf_disp_e', 'tsf_disp_n', 'tsf_disp_u', 'tsf_disp_h'],
      ),
    ),
    one('pool', '库水位与超高', [30, 30, 260], ['tsf_pool_level', 'tsf_freeboard']),
    ...range(3).map((n) => one(`beach${n + 1}`, `干滩 ${n + 1} 断面`, [60, -70 + 70 * n, 90], ['tsf_beach_length'])),
    one('rain', '雨量站', [60, -180, 40], ['tsf_rain_5min', 'tsf_rain_1h', 'tsf_rain_24h']),
    ...range(2).map((n) =>
      one(`seep${n + 1}`, `渗流量水堰 ${n + 1}`, [30, -20 + 40 * n, -170], ['tsf_seepage_flow', 'tsf_seepage_turbidity']),
    ),
    ...range(2).map((n) => one(`dw${n + 1}`, `排水井 ${n + 1} 号`, [30, 80 + 90 * n, 180 + 60 * n], ['tsf_drain_well_tilt'])),
    one('bank', '库区左岸滑坡体', [60, -240, 220], ['tsf_bank_disp']),
  ]);
  const groups = [{ id: `${id}-phreatic`, siteId: id, pointIds: pointsOf(part, 'tsf_phreatic_depth') }];
  return { ...part, groups, rules: pondRules(pond, part, templates) };
}

/** Rules on single points beside those with design numbers, by template. */
const PLAIN: Readonly<Record<string, References>> = {
  tsf_rain_24h: {},
  tsf_drain_well_tilt: {},
  tsf_phreatic_forecast: {},
  tsf_phreatic_rise: {},
  tsf_pool_forecast: {},
  tsf_disp_h_accel: {},
  tsf_disp_h_rate: {},
  tsf_seepage_flow_usual: { resolution: 0.1 },
};
/** What differs from the templates. The demo's ponds run about fifty times faster than the field (a report each 20 s, not each 30 min), and so do the forecasts over them. */
const CHANGED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  tsf_phreatic_forecast: {
    name: '浸润线将达控制埋深（演示：时间加快约五十倍）',
    window: '20m',
    horizon: '30m',
    levels: [
      { level: 'yellow', at: 0.5 },
      { level: 'orange', at: 0.1 },
    ],
  },
  // A device that brings its history has kept one reading an hour of those it reports each minute.
  tsf_disp_h_accel: { maxGap: '3h' },
};
/** Items of a pond (GB 39496-2020 5.5.2), each by the metric of its points; an item has at least two. */
const ITEMS = ['tsf_phreatic_depth', 'tsf_disp_h', 'tsf_beach_length', 'tsf_drain_well_tilt', 'tsf_seepage_turbidity'] as const;

function pondRules({ id, design }: Pond, part: CityPart, templates: Templates): readonly RuleBody[] {
  const ruleOf = (name: string): string => `${id}.${name}`;
  const refs = Object.fromEntries([...templates.keys()].map((name) => [name, ruleOf(name)]));
  const own = Object.entries({ ...design, ...PLAIN }).map(([name, references]) => {
    const template = templateNamed(templates, name);
    const rule = ruleFrom(template, { id: ruleOf(name), pointIds: pointsOf(part, template.metric), references, refs });
    return { ...rule, ...CHANGED[name] };
  });
  return [...own, ...pondLevels(id, part, templates)];
}

/** The official roll-up: points to items, items to the pond. The pond's level is shown at its pool. */
function pondLevels(id: string, part: CityPart, templates: Templates): readonly RuleBody[] {
  const itemOf = (metric: string): string => `${id}.item.${metric}`;
  const items = ITEMS.map((metric) =>
    ruleFrom(templateNamed(templates, 'tsf_item_rollup'), {
      id: itemOf(metric),
      pointIds: pointsOf(part, metric),
      refs: { limits: `${id}.${metric}` },
    }),
  );
  const pond = ruleFrom(templateNamed(templates, 'tsf_pond_rollup'), {
    id: `${id}.level`,
    pointIds: pointsOf(part, 'tsf_pool_level'),
    refs: { tsf_item_rollup: ITEMS.map(itemOf) },
  });
  return [...items, pond];
}
