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
import { ruleFrom, type References, type RuleBody } from './template.js';

/** Design numbers of one kind of tank: levels in m, pressures in kPa, temperature in °C. */
type TankKind = Readonly<{ content: string; level: References; pressure: References; temp: References }>;
type Farm = Readonly<{
  id: string;
  district: DistrictCode;
  unitId: string;
  name: string;
  address: string;
  tanks: readonly TankKind[];
  toxic: string;
  toxicName: string;
}>;

const atmospheric = (content: string, height: number): TankKind => ({
  content,
  level: { high: height * 0.85, highHigh: height * 0.9, overflow: height * 0.95, low: height * 0.12, lowLow: height * 0.08 },
  pressure: { workMax: 1.2, design: 2, relief: 1.8 },
  temp: { workMax: 38 },
});
const AMMONIA_SPHERE: TankKind = {
  content: '液氨球罐',
  level: { high: 10.2, highHigh: 10.8, overflow: 11.4, low: 1.4, lowLow: 1 },
  pressure: { workMax: 1500, design: 2160, relief: 1950 },
  temp: { workMax: 38 },
};

const FARMS: readonly Farm[] = [
  {
    id: 'hz-port',
    district: '349905',
    unitId: 'jl-port',
    name: '江澜港石化储运库区（二级重大危险源）',
    address: '高新区港前路 1 号',
    tanks: [
      ...range(3).map(() => atmospheric('汽油内浮顶罐', 14.5)),
      ...range(3).map(() => atmospheric('柴油拱顶罐', 16)),
      ...range(2).map(() => atmospheric('苯内浮顶罐', 12.6)),
    ],
    toxic: 'haz_benzene',
    toxicName: '苯探测器',
  },
  {
    id: 'hz-hr',
    district: '349904',
    unitId: 'hr-chem',
    name: '恒润化工液氨罐区（一级重大危险源）',
    address: '云台区化工园北路 7 号',
    tanks: [...range(4).map(() => AMMONIA_SPHERE), ...range(2).map(() => atmospheric('甲醇拱顶罐', 11.2))],
    toxic: 'haz_nh3',
    toxicName: '氨探测器',
  },
];

/** Two tank farms that are major hazard sources: tanks, combustible and toxic gas, weather. */
export function demoHazards(templates: Templates): CityPart {
  return joined(FARMS.map((farm) => farmPart(farm, templates)));
}

function farmPart(farm: Farm, templates: Templates): CityPart {
  const { id, district, unitId, name, address } = farm;
  const center = placeIn(district, id === 'hz-port' ? 0.4 : 0.68, id === 'hz-port' ? 0.64 : 0.36);
  const near = (n: number): Readonly<{ lon: number; lat: number }> => {
    const { x, y } = scattered(n);
    return { lon: degrees(center.lon + (x - 0.5) * 0.009), lat: degrees(center.lat + (y - 0.5) * 0.007) };
  };
  const detectors = (count: number, key: string, metric: string, title: string): readonly CityPart[] =>
    range(count).map((n) =>
      instrument({
        asset: {
          id: `${id}-${key}${two(n + 1)}`,
          siteId: id,
          name: `${title} ${two(n + 1)}`,
          type: 'detector',
          ...near(n + (metric === 'haz_lel' ? 20 : 40)),
        },
        device: `${id}-${key}d${two(n + 1)}`,
        name: title,
        seconds: 15,
        metrics: [metric],
      }),
    );
  const part = joined([
    { ...NOTHING, sites: [{ id, name, domain: 'haz', regionCode: district, unitId, ...center, address }] },
    ...farm.tanks.map(({ content }, n) =>
      instrument({
        asset: { id: tankId(farm, n), siteId: id, name: `${content} V-${two(n + 1)}`, type: 'tank', ...near(n) },
        device: `${id}-td${two(n + 1)}`,
        name: '储罐仪表',
        seconds: 10,
        metrics: ['haz_tank_level', 'haz_tank_pressure', 'haz_tank_temp'],
      }),
    ),
    ...detectors(8, 'lel', 'haz_lel', '可燃气体探测器'),
    ...detectors(4, 'tox', farm.toxic, farm.toxicName),
    instrument({
      asset: { id: `${id}-met`, siteId: id, name: '罐区气象站', type: 'weather', ...near(60) },
      device: `${id}-met01`,
      name: '气象站',
      seconds: 30,
      metrics: ['haz_wind_speed', 'haz_amb_temp', 'haz_humidity'],
    }),
  ]);
  const groups = [{ id: `${id}-gas`, siteId: id, pointIds: [...pointsOf(part, 'haz_lel'), ...pointsOf(part, farm.toxic)] }];
  return {
    ...part,
    groups,
    rules: [...farmRules(farm, part, templates), ...farm.tanks.flatMap((tank, n) => tankRules(farm, tank, n, templates))],
  };
}

const tankId = (farm: Farm, n: number): string => `${farm.id}-v${two(n + 1)}`;

function farmRules(farm: Farm, part: CityPart, templates: Templates): readonly RuleBody[] {
  const limits = ['haz_lel', farm.toxic, 'haz_wind_speed', 'haz_tank_temp_rise'].map((name) => {
    const template = templateNamed(templates, name);
    return ruleFrom(template, { id: `${farm.id}.${name}`, pointIds: pointsOf(part, template.metric) });
  });
  const together = ruleFrom(templateNamed(templates, 'haz_gas_two_points'), { id: `${farm.id}.gas.two-points`, group: `${farm.id}-gas` });
  const health: RuleBody = {
    id: `${farm.id}.health`,
    kind: 'health',
    name: '气体探测器健康',
    pointIds: [...pointsOf(part, 'haz_lel'), ...pointsOf(part, farm.toxic)],
    stale: { after: '60s', level: 'orange' },
    source: '平台推荐值',
  };
  return [...limits, together, health];
}

/** Each tank has its own design numbers, so its own rules. */
function tankRules(farm: Farm, tank: TankKind, n: number, templates: Templates): readonly RuleBody[] {
  const of: Readonly<Record<string, References>> = {
    haz_tank_level: tank.level,
    haz_tank_level_low: tank.level,
    haz_tank_fill_forecast: {},
    haz_tank_pressure: tank.pressure,
    haz_tank_temp: tank.temp,
  };
  const refs = { haz_tank_level: `${tankId(farm, n)}.haz_tank_level` };
  return Object.entries(of).map(([name, references]) => {
    const template = templateNamed(templates, name);
    const pointIds = [`${farm.id}-td${two(n + 1)}.${template.metric}`];
    return ruleFrom(template, { id: `${tankId(farm, n)}.${name}`, pointIds, references, refs });
  });
}
