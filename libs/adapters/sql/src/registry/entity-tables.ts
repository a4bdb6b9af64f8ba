import type { BundleKind } from '@anlan/contracts';

/** How a field of an entity is kept: the portable column types, JSON as text, flags as 0 and 1. */
export type ColumnType = 'text' | 'bigint' | 'double' | 'flag' | 'json';
export type EntityTable = Readonly<{
  table: string;
  key: string;
  columns: Readonly<Record<string, readonly [column: string, type: ColumnType]>>;
}>;
/** Kinds that are rows of one table each; rules are versions and have a table of their own shape. */
export type RowKind = Exclude<BundleKind, 'rules'>;

const id = { id: ['id', 'text'] } as const;
const name = { name: ['name', 'text'] } as const;
const range = { min: ['min_value', 'double'], max: ['max_value', 'double'] } as const;
const place = { lon: ['lon', 'double'], lat: ['lat', 'double'] } as const;

/** Where each field of each kind is kept. A spec compares it with the tables that the migrations make. */
export const ENTITY_TABLES = {
  regions: { table: 'regions', key: 'code', columns: { code: ['code', 'text'], ...name, parent: ['parent', 'text'] } },
  units: { table: 'units', key: 'id', columns: { ...id, ...name, role: ['role', 'text'] } },
  people: {
    table: 'people',
    key: 'id',
    columns: { ...id, ...name, unitId: ['unit_id', 'text'], phone: ['phone', 'text'], webhook: ['webhook', 'text'] },
  },
  metrics: {
    table: 'metrics',
    key: 'code',
    columns: {
      code: ['code', 'text'],
      ...name,
      nameEn: ['name_en', 'text'],
      unit: ['unit', 'text'],
      ...range,
      domain: ['domain', 'text'],
      source: ['source', 'text'],
      expectVariation: ['expect_variation', 'flag'],
    },
  },
  sites: {
    table: 'sites',
    key: 'id',
    columns: {
      ...id,
      ...name,
      domain: ['domain', 'text'],
      regionCode: ['region_code', 'text'],
      unitId: ['unit_id', 'text'],
      ...place,
      address: ['address', 'text'],
    },
  },
  assets: {
    table: 'assets',
    key: 'id',
    columns: { ...id, siteId: ['site_id', 'text'], ...name, ...place, type: ['type', 'text'], mode: ['mode', 'json'] },
  },
  devices: {
    table: 'devices',
    key: 'id',
    columns: {
      ...id,
      assetId: ['asset_id', 'text'],
      ...name,
      zone: ['zone', 'text'],
      intervalMs: ['interval_ms', 'bigint'],
      reorderMs: ['reorder_ms', 'bigint'],
      liveHorizonMs: ['live_horizon_ms', 'bigint'],
      gatewayId: ['gateway_id', 'text'],
      enabled: ['enabled', 'flag'],
    },
  },
  points: {
    table: 'points',
    key: 'id',
    columns: { ...id, deviceId: ['device_id', 'text'], metric: ['metric', 'text'], ...name, ...range, derived: ['derived', 'json'] },
  },
  groups: {
    table: 'point_groups',
    key: 'id',
    columns: {
      ...id,
      siteId: ['site_id', 'text'],
      parentId: ['parent_id', 'text'],
      domainOf: ['domain_of', 'text'],
      pointIds: ['point_ids', 'json'],
    },
  },
  routes: {
    table: 'routes',
    key: 'id',
    columns: {
      ...id,
      levels: ['levels', 'json'],
      domain: ['domain', 'text'],
      regionCode: ['region_code', 'text'],
      personIds: ['person_ids', 'json'],
      channels: ['channels', 'json'],
    },
  },
  limits: {
    table: 'asset_limits',
    key: 'id',
    columns: { ...id, assetId: ['asset_id', 'text'], metric: ['metric', 'text'], versions: ['versions', 'json'] },
  },
} as const satisfies Record<RowKind, EntityTable>;

export const ROW_KINDS = Object.keys(ENTITY_TABLES) as readonly RowKind[];
