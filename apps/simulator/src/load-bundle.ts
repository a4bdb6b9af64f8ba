export type LoadBundleOptions = Readonly<{
  devices: number;
  /** Load is spread over this many sites, for the site is the key of the log. */ sites: number;
  /** At least 16 characters; the credential of device i is `<secret>-i`. */ secret: string;
}>;
export type LoadDevice = Readonly<{ id: string; credential: string }>;

export const LOAD_METRIC = 'load_value';

export function loadDevices({ devices, secret }: Pick<LoadBundleOptions, 'devices' | 'secret'>): readonly LoadDevice[] {
  return Array.from({ length: devices }, (_, i) => ({ id: `load-${String(i + 1).padStart(5, '0')}`, credential: `${secret}-${i + 1}` }));
}

/** A registry bundle with nothing but devices for a load run, each with one point and one threshold rule over all that never fires. */
export function loadBundle(options: LoadBundleOptions): Readonly<Record<string, unknown>> {
  const sites = Math.max(1, Math.min(options.sites, options.devices));
  const numbers = Array.from({ length: sites }, (_, i) => i + 1);
  const all = loadDevices(options);
  const siteOf = (i: number): number => (i % sites) + 1;
  return {
    version: 1,
    regions: [{ code: 'load-region', name: '压力测试' }],
    units: [{ id: 'load-unit', name: '压力测试', role: 'owner' }],
    metrics: [{ code: LOAD_METRIC, name: '压力测试值', nameEn: 'Load test value', unit: '1', min: -1000, max: 1000, domain: 'load' }],
    sites: numbers.map((n) => ({
      id: `load-site-${n}`,
      name: `压力测试 ${n}`,
      domain: 'load',
      regionCode: 'load-region',
      unitId: 'load-unit',
      lon: 117.8,
      lat: 30.9,
    })),
    assets: numbers.map((n) => ({ id: `load-asset-${n}`, siteId: `load-site-${n}`, name: `压力测试 ${n}` })),
    devices: all.map(({ id, credential }, i) => ({ id, assetId: `load-asset-${siteOf(i)}`, credential, intervalMs: 60_000 })),
    points: all.map(({ id }) => ({ id: `${id}.${LOAD_METRIC}`, deviceId: id, metric: LOAD_METRIC })),
    rules: numbers.map((n) => ({
      id: `load-rule-${n}`,
      kind: 'threshold',
      pointIds: all.filter((_, i) => siteOf(i) === n).map(({ id }) => `${id}.${LOAD_METRIC}`),
      side: 'high',
      levels: [{ level: 'red', at: 900, deadband: 1 }],
      source: '平台推荐值',
    })),
  };
}
