/** Two cities that must not see each other; names carry canary words. */
export const CITIES = {
  version: 1,
  regions: [
    { code: '110000', name: '北城' },
    { code: '110100', name: '北城区', parent: '110000' },
    { code: '220000', name: 'SECRET-south' },
  ],
  units: [
    { id: 'north-gas', name: '北燃气', role: 'owner' },
    { id: 'south-gas', name: 'SECRET-unit', role: 'owner' },
  ],
  people: [
    { id: 'p-north', name: '北一', unitId: 'north-gas', phone: '13800000001' },
    { id: 'p-south', name: 'SECRET-person', unitId: 'south-gas', phone: '13800000002' },
  ],
  metrics: [{ code: 'ch4', name: '甲烷', unit: '%VOL', min: 0, max: 20 }],
  sites: [
    { id: 'north-net', name: '北网', domain: 'gas', regionCode: '110100', unitId: 'north-gas', lon: 116.1, lat: 39.1 },
    { id: 'south-net', name: 'SECRET-site', domain: 'gas', regionCode: '220000', unitId: 'south-gas', lon: 117.1, lat: 31.1 },
  ],
  assets: [
    { id: 'north-well', siteId: 'north-net', name: '北井' },
    { id: 'south-well', siteId: 'south-net', name: 'SECRET-well' },
  ],
  devices: [
    { id: 'north-dev', assetId: 'north-well', credential: 'north-credential-1', zone: 'Asia/Shanghai', intervalMs: 60_000 },
    { id: 'south-dev', assetId: 'south-well', credential: 'south-credential-1', zone: 'Asia/Shanghai', intervalMs: 60_000 },
  ],
  points: [
    { id: 'north-dev.ch4', deviceId: 'north-dev', metric: 'ch4' },
    { id: 'south-dev.ch4', deviceId: 'south-dev', metric: 'ch4' },
  ],
  rules: [
    {
      id: 'r-north',
      kind: 'threshold',
      pointId: 'north-dev.ch4',
      side: 'high',
      levels: [
        { level: 'blue', at: 0.5 },
        { level: 'red', at: 5 },
      ],
    },
    {
      id: 'r-south',
      kind: 'threshold',
      pointId: 'south-dev.ch4',
      side: 'high',
      levels: [
        { level: 'blue', at: 0.5 },
        { level: 'red', at: 5 },
      ],
    },
  ],
} as const;
