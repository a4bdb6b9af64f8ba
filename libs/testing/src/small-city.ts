import type { Person, RegistrySnapshot, Route } from '@anlan/contracts';

const byId = <T extends Readonly<{ id: string }>>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.id, item]));

export const OFFICER: Person = { id: 'p1', name: '值班一', unitId: 'gas-co' };
export const ENGINEER: Person = { id: 'p2', name: '工程二', unitId: 'gas-co', webhook: 'https://hooks.example.com/p2' };
export const STRANGER: Person = { id: 'p9', name: '外单位', unitId: 'water-co' };
export const ADMINISTRATOR: Person = { id: 'admin', name: '管理员', unitId: '' };

/** One made-up valve well with a methane point, two districts, three people; `routes` is what a test is about. */
export function smallCity(routes: readonly Route[] = []): RegistrySnapshot {
  const point = { id: 'dev-1.ch4', deviceId: 'dev-1', metric: 'uspace_ch4_vol' };
  return {
    version: 1,
    regions: new Map([
      ['100', { code: '100', name: '样例市' }],
      ['110', { code: '110', name: '东区', parent: '100' }],
      ['120', { code: '120', name: '西区', parent: '100' }],
    ]),
    units: byId([{ id: 'gas-co', name: '样例燃气', role: 'owner' }]),
    people: byId([OFFICER, ENGINEER, STRANGER]),
    metrics: new Map([['uspace_ch4_vol', { code: 'uspace_ch4_vol', name: '甲烷体积分数', nameEn: 'Methane', unit: '%VOL' }]]),
    sites: byId([{ id: 'net-1', name: '东区燃气管网', domain: 'uspace', regionCode: '110', unitId: 'gas-co', lon: 117, lat: 31 }]),
    assets: byId([{ id: 'well-1', siteId: 'net-1', name: '阀门井 G-0001' }]),
    devices: byId([
      { id: 'dev-1', assetId: 'well-1', zone: 'Asia/Shanghai', intervalMs: 60_000, reorderMs: 0, liveHorizonMs: 900_000, enabled: true },
    ]),
    points: byId([point]),
    groups: new Map(),
    limits: new Map(),
    routes,
    pointsOfDevice: new Map([['dev-1', new Map([['uspace_ch4_vol', point]])]]),
  };
}
