import {
  NOTHING,
  degrees,
  instrument,
  joined,
  pointsOf,
  range,
  scattered,
  templateNamed,
  two,
  type CityPart,
  type Templates,
} from './demo-parts.js';
import { placeIn, type DistrictCode } from './demo-regions.js';
import { ruleFrom, type RuleBody } from './template.js';

type Street = Readonly<{
  name: string;
  /** Offset of its middle from the site, and its run, in degrees. */ at: readonly [number, number];
  run: readonly [number, number];
}>;
type Area = Readonly<{ id: string; district: DistrictCode; name: string; address: string; streets: readonly Street[] }>;

const AREAS: readonly Area[] = [
  {
    id: 'us-lj',
    district: '349902',
    name: '临江区燃气相邻地下空间',
    address: '临江区望江路 66 号',
    streets: [
      { name: '滨江大道', at: [-0.006, 0.012], run: [0.034, 0.004] },
      { name: '望江路', at: [0, 0], run: [0.03, -0.006] },
      { name: '渡口街', at: [0.012, -0.004], run: [0.003, 0.026] },
    ],
  },
  {
    id: 'us-ap',
    district: '349903',
    name: '安平区燃气相邻地下空间',
    address: '安平区古塔路 9 号',
    streets: [
      { name: '安平大道', at: [0, 0.006], run: [0.036, 0] },
      { name: '古塔路', at: [-0.01, -0.006], run: [0.004, 0.024] },
      { name: '柳营街', at: [0.012, -0.004], run: [0.02, 0.012] },
    ],
  },
  {
    id: 'us-yt',
    district: '349904',
    name: '云台区燃气相邻地下空间',
    address: '云台区云台路 118 号',
    streets: [
      { name: '云台路', at: [0, 0], run: [0.032, 0.008] },
      { name: '南门街', at: [-0.008, 0.008], run: [0.006, 0.022] },
      { name: '书院路', at: [0.01, -0.008], run: [0.024, -0.004] },
    ],
  },
];
const WELLS_A_STREET = 8;

/** Three areas of wells beside gas pipes: valve wells and sewers, eight along each street. */
export function demoWells(templates: Templates): CityPart {
  return joined(AREAS.map((area) => areaPart(area, templates)));
}

function areaPart(area: Area, templates: Templates): CityPart {
  const center = placeIn(area.district, 0.44, 0.56);
  const wells = area.streets.flatMap((street, s) =>
    range(WELLS_A_STREET).map((n) => wellPart(area, street, center, s * WELLS_A_STREET + n)),
  );
  const part = joined([
    {
      ...NOTHING,
      sites: [
        { id: area.id, name: area.name, domain: 'uspace', regionCode: area.district, unitId: 'jl-gas', ...center, address: area.address },
      ],
    },
    ...wells,
  ]);
  const methane = pointsOf(part, 'uspace_ch4_vol');
  const groups = area.streets.map((_, s) => ({
    id: `${area.id}-street${s + 1}`,
    siteId: area.id,
    pointIds: methane.slice(s * WELLS_A_STREET, (s + 1) * WELLS_A_STREET),
  }));
  return {
    ...part,
    groups,
    rules: [...wellRules(area.id, part, templates), ...groups.map(({ id }) => neighboursRule(area.id, id, templates))],
  };
}

/** Every third well is a sewer, with hydrogen sulphide and oxygen beside the methane. */
function wellPart(area: Area, street: Street, center: Readonly<{ lon: number; lat: number }>, n: number): CityPart {
  const along = (n % WELLS_A_STREET) / (WELLS_A_STREET - 1) - 0.5;
  const { x, y } = scattered(n);
  const sewer = n % 3 === 2;
  const number = two(n + 1);
  return instrument({
    asset: {
      id: `${area.id}-w${number}`,
      siteId: area.id,
      name: sewer ? `${street.name}污水井 W-${number}` : `${street.name}燃气阀门井 G-${number}`,
      type: sewer ? 'sewer_well' : 'valve_well',
      lon: degrees(center.lon + street.at[0] + street.run[0] * along + (x - 0.5) * 0.0004),
      lat: degrees(center.lat + street.at[1] + street.run[1] * along + (y - 0.5) * 0.0004),
    },
    device: `${area.id}-d${number}`,
    name: sewer ? '污水井气体监测仪' : '阀门井甲烷监测仪',
    seconds: 20,
    metrics: sewer
      ? ['uspace_ch4_vol', 'uspace_h2s', 'uspace_o2', 'uspace_temp', 'dev_battery_v']
      : ['uspace_ch4_vol', 'uspace_temp', 'uspace_water_level'],
  });
}

function wellRules(id: string, part: CityPart, templates: Templates): readonly RuleBody[] {
  const limits = ['uspace_ch4_vol', 'uspace_h2s', 'uspace_o2', 'uspace_water_level', 'dev_battery_v'].map((name) => {
    const template = templateNamed(templates, name);
    return ruleFrom(template, { id: `${id}.${name}`, pointIds: pointsOf(part, template.metric) });
  });
  const health: RuleBody = {
    id: `${id}.health`,
    kind: 'health',
    name: '甲烷监测仪健康',
    pointIds: pointsOf(part, 'uspace_ch4_vol'),
    stale: { after: '3x', level: 'yellow' },
    flatline: { for: '4m', range: 0, level: 'yellow' },
    source: '平台推荐值',
  };
  return [...limits, health];
}

/** Methane in several wells of one street: gas that follows the pipe. */
function neighboursRule(areaId: string, group: string, templates: Templates): RuleBody {
  const refs = { uspace_ch4_vol: `${areaId}.uspace_ch4_vol` };
  return ruleFrom(templateNamed(templates, 'uspace_ch4_neighbours'), { id: `${group}.neighbours`, group, refs });
}
