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
  type DemoAsset,
  type Templates,
} from './demo-parts.js';
import { placeIn, type DistrictCode } from './demo-regions.js';
import { ruleFrom, type References, type RuleBody } from './template.js';

type Network = Readonly<{ id: string; district: DistrictCode; name: string; address: string; streets: readonly string[] }>;

const NETWORKS: readonly Network[] = [
  {
    id: 'gas-lj',
    district: '349902',
    name: '临江区中压燃气管网',
    address: '临江区滨江大道 18 号',
    streets: ['滨江大道', '望江路', '渡口街', '文澜路'],
  },
  {
    id: 'gas-ap',
    district: '349903',
    name: '安平区中压燃气管网',
    address: '安平区安平大道 202 号',
    streets: ['安平大道', '古塔路', '柳营街', '工人路'],
  },
];

/** Two medium-pressure networks: gate station, regulators, pressure loggers, open-path detectors. */
export function demoGas(templates: Templates): CityPart {
  return joined(NETWORKS.map((network) => networkPart(network, templates)));
}

function networkPart(network: Network, templates: Templates): CityPart {
  const { id, district, name, address } = network;
  const center = placeIn(district, 0.5, 0.5);
  const place = (n: number): Readonly<{ lon: number; lat: number }> => {
    const { x, y } = scattered(n);
    return { lon: degrees(center.lon + (x - 0.5) * 0.05), lat: degrees(center.lat + (y - 0.5) * 0.04) };
  };
  const street = (n: number): string => network.streets[n % network.streets.length] ?? name;
  const asset = (key: string, n: number, title: string, type: string): DemoAsset => ({
    id: `${id}-${key}`,
    siteId: id,
    name: title,
    type,
    ...place(n),
  });
  const part = joined([
    { ...NOTHING, sites: [{ id, name, domain: 'gas', regionCode: district, unitId: 'jl-gas', ...center, address }] },
    instrument({
      asset: asset('gate', 40, `${name}门站`, 'gate_station'),
      device: `${id}-gs01`,
      name: '门站 RTU',
      seconds: 10,
      metrics: ['gas_regulator_inlet_pressure', 'gas_regulator_outlet_pressure', 'gas_flow_rate', 'gas_temp', 'gas_odorant'],
    }),
    ...range(12).map((n) =>
      instrument({
        asset: asset(`ps${two(n + 1)}`, n, `${street(n)}调压站 T-${two(n + 1)}`, 'regulator'),
        device: `${id}-tp${two(n + 1)}`,
        name: '调压站 RTU',
        seconds: 15,
        metrics: ['gas_regulator_inlet_pressure', 'gas_regulator_outlet_pressure', 'gas_filter_dp', 'gas_lel', 'gas_temp'],
      }),
    ),
    ...range(4).map((n) =>
      instrument({
        asset: asset(`pl${two(n + 1)}`, n + 16, `${street(n)}中压管段 ${two(n + 1)}`, 'pipe'),
        device: `${id}-pl${two(n + 1)}`,
        name: '管段压力记录仪',
        seconds: 20,
        metrics: ['gas_pipe_pressure', 'gas_flow_rate', 'gas_temp'],
      }),
    ),
    ...range(3).map((n) =>
      instrument({
        asset: asset(`op${two(n + 1)}`, n + 24, `${street(n)}穿越段激光甲烷 ${two(n + 1)}`, 'crossing'),
        device: `${id}-op${two(n + 1)}`,
        name: '线型激光甲烷',
        seconds: 10,
        metrics: ['gas_openpath'],
      }),
    ),
  ]);
  return {
    ...part,
    groups: [{ id: `${id}-outlets`, siteId: id, pointIds: pointsOf(part, 'gas_regulator_outlet_pressure') }],
    rules: gasRules(id, part, templates),
  };
}

/** By template: the network's own numbers. */
const GAS_RULES: Readonly<Record<string, References>> = {
  gas_regulator_outlet_pressure: { set: 300 },
  gas_outlet_pressure_drop: { set: 300 },
  gas_filter_dp: {},
  gas_flow_usual: { resolution: 20 },
  gas_lel: {},
  gas_lel_rise: {},
  gas_odorant: {},
  gas_openpath: {},
};

function gasRules(id: string, part: CityPart, templates: Templates): readonly RuleBody[] {
  return Object.entries(GAS_RULES).map(([name, references]) => {
    const template = templateNamed(templates, name);
    return ruleFrom(template, { id: `${id}.${name}`, pointIds: pointsOf(part, template.metric), references });
  });
}
