import { demoGas } from './demo-gas.js';
import { demoHazards } from './demo-haz.js';
import { joined, type CityPart } from './demo-parts.js';
import { demoRegionRows } from './demo-regions.js';
import { demoPonds } from './demo-tsf.js';
import { demoWells } from './demo-wells.js';
import type { Packs } from './load-packs.js';

/** A registry bundle as `POST /imports` takes it; credentials are left to the platform. */
export type DemoBundle = CityPart &
  Readonly<{
    version: 1;
    regions: readonly Readonly<{ code: string; name: string; parent?: string }>[];
    units: readonly Readonly<{ id: string; name: string; role: string }>[];
    people: readonly Readonly<{ id: string; name: string; unitId: string; phone: string }>[];
    routes: readonly DemoRoute[];
  }>;
type DemoRoute = Readonly<{
  id: string;
  levels: readonly string[];
  domain: string;
  regionCode?: string;
  personIds: readonly string[];
  channels: readonly string[];
}>;

const UNITS = [
  { id: 'jl-centre', name: '江澜市城市生命线安全监测中心', role: 'centre' },
  { id: 'jl-em', name: '江澜市应急管理局', role: 'authority' },
  { id: 'jl-gas', name: '江澜燃气集团有限公司', role: 'owner' },
  { id: 'jl-port', name: '江澜港石化储运有限公司', role: 'owner' },
  { id: 'hr-chem', name: '恒润化工股份有限公司', role: 'owner' },
  { id: 'ql-mine', name: '青岭矿业有限公司', role: 'owner' },
  { id: 'wx-mine', name: '望溪铜业有限公司', role: 'owner' },
] as const;

/** Made-up people; 1380000 is a number block that rings nowhere here. */
const PEOPLE = [
  ['p-duty', '中心值班员', 'jl-centre'],
  ['p-lead', '中心值班长', 'jl-centre'],
  ['p-em', '应急局值班室', 'jl-em'],
  ['p-gas1', '燃气调度 周岚', 'jl-gas'],
  ['p-gas2', '燃气抢修 陈川', 'jl-gas'],
  ['p-port1', '库区安环 吴越', 'jl-port'],
  ['p-hr1', '罐区班长 许宁', 'hr-chem'],
  ['p-ql1', '大青沟库管 方原', 'ql-mine'],
  ['p-wx1', '石壁坑库管 沈澄', 'wx-mine'],
] as const;

const ALL = ['blue', 'yellow', 'orange', 'red'] as const;
const GRAVE = ['orange', 'red'] as const;
/** Who answers for what: the owner hears of everything, the centre too, the authority of orange and red. */
const OWNERS = [
  { id: 'gas', domain: 'gas', people: ['p-gas1', 'p-gas2'] },
  { id: 'uspace', domain: 'uspace', people: ['p-gas1', 'p-gas2'] },
  { id: 'haz-port', domain: 'haz', regionCode: '349905', people: ['p-port1'] },
  { id: 'haz-hr', domain: 'haz', regionCode: '349904', people: ['p-hr1'] },
  { id: 'tsf-dqg', domain: 'tsf', regionCode: '349922', people: ['p-ql1'] },
  { id: 'tsf-sbk', domain: 'tsf', regionCode: '349921', people: ['p-wx1'] },
] as const;

/** 江澜市: a made-up city of about 200 devices and 600 points, always the same. */
export function demoCity({ templates }: Pick<Packs, 'templates'>): DemoBundle {
  const { sites, assets, devices, points, groups, rules } = joined([
    demoGas(templates),
    demoWells(templates),
    demoHazards(templates),
    demoPonds(templates),
  ]);
  return {
    version: 1,
    regions: demoRegionRows(),
    units: UNITS,
    people: PEOPLE.map(([id, name, unitId], i) => ({ id, name, unitId, phone: `1380000${String(i + 1).padStart(4, '0')}` })),
    sites,
    assets,
    devices,
    points,
    groups,
    routes: OWNERS.flatMap(routesOf),
    rules,
  };
}

function routesOf({ id, people, ...where }: (typeof OWNERS)[number]): readonly DemoRoute[] {
  const channels = ['outbox'];
  return [
    { id: `rt-${id}`, levels: ALL, ...where, personIds: ['p-duty', ...people], channels },
    { id: `rt-${id}-grave`, levels: GRAVE, ...where, personIds: ['p-lead', 'p-em'], channels },
  ];
}
