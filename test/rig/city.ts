export const CREDENTIAL = 'test-credential-0123456789';

export type CityOptions = Readonly<{
  devices: number;
  sites?: number;
  rule?: Readonly<Record<string, unknown>> | null;
  device?: Readonly<Record<string, unknown>>;
  metricMax?: number;
}>;

/** A small made-up bundle: `devices` methane devices `d-0`…, one point each, with a four-colour rule a point. */
export function city({ devices, sites = 1, rule, device = {}, metricMax = 100 }: CityOptions): Record<string, unknown> {
  const ids = Array.from({ length: devices }, (_, i) => i);
  const levels = [
    { level: 'blue', at: 1, deadband: 0.1 },
    { level: 'yellow', at: 2, deadband: 0.1 },
    { level: 'orange', at: 3, deadband: 0.1 },
    { level: 'red', at: 4, deadband: 0.1 },
  ];
  return {
    version: 1,
    regions: [
      { code: '990100', name: '试验市' },
      { code: '990101', name: '试验区', parent: '990100' },
    ],
    units: [{ id: 'u-1', name: '试验燃气公司', role: 'owner' }],
    people: [{ id: 'p-1', name: '值班甲', unitId: 'u-1', phone: '13800000001' }],
    metrics: [{ code: 'test_ch4', name: '试验甲烷', unit: '%VOL', min: -100, max: metricMax }],
    sites: Array.from({ length: sites }, (_, i) => ({
      id: `s-${i}`,
      name: `试验站 ${i}`,
      domain: 'uspace',
      regionCode: '990101',
      unitId: 'u-1',
      lon: 117 + i / 1000,
      lat: 31.8,
    })),
    assets: Array.from({ length: sites }, (_, i) => ({ id: `a-${i}`, siteId: `s-${i}`, name: `试验井 ${i}` })),
    devices: ids.map((i) => ({
      id: `d-${i}`,
      assetId: `a-${i % sites}`,
      credential: CREDENTIAL,
      zone: 'Asia/Shanghai',
      intervalMs: 60_000,
      ...device,
    })),
    points: ids.map((i) => ({ id: `d-${i}.ch4`, deviceId: `d-${i}`, metric: 'test_ch4' })),
    rules: rule === null ? [] : ids.map((i) => ({ id: `r-${i}`, kind: 'threshold', pointId: `d-${i}.ch4`, side: 'high', levels, ...rule })),
  };
}
