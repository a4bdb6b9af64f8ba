import { isoOf, type LedgerItem, type Millis, type OverviewJson, type OverviewNotice, type RegistrySnapshot } from '@anlan/contracts';
import type { DeviceStatus, RegionScope } from '@anlan/ports';
import type { GatewayDeps } from '../deps.js';
import { devicesInScope, inScope, regionOfDevice } from '../http/scope.js';
import { levelCounts, regionColours } from './counts.js';
import { inFlight, withInFlight } from './in-flight.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Answers of the same scope within this time are one answer. */
const FRESH_MS = 900;
const MAX_SCOPES = 500;

export type Overviews = Readonly<{
  /** `ledgerWithinMs`: how old its ledger may be, which is read from the log as far as it is not counted, and so costs most. */
  of(scope: RegionScope, ledgerWithinMs?: Millis): Promise<OverviewJson>;
}>;
type OverviewDeps = Pick<
  GatewayDeps,
  'alarms' | 'registry' | 'deviceStatus' | 'ledger' | 'log' | 'clock' | 'settings' | 'readiness' | 'accounts'
>;

/** The overview of a scope, computed at most once a second and scope. */
export function overviews(deps: OverviewDeps): Overviews {
  const whole = remembered<OverviewJson>(deps);
  const ledgers = remembered<readonly LedgerItem[]>(deps);
  return {
    of(scope, ledgerWithinMs = FRESH_MS) {
      const key = scope.regionCodes === null ? '*' : [...scope.regionCodes].sort().join(',');
      const items = (): Promise<readonly LedgerItem[]> => ledgers(key, ledgerWithinMs, () => ledgerOf(deps, scope));
      return whole(`${ledgerWithinMs} ${key}`, FRESH_MS, () => compute(deps, scope, items));
    },
  };
}

/** Answers that are asked for again within a while are given again. */
function remembered<T>({ clock }: OverviewDeps): (key: string, withinMs: Millis, make: () => Promise<T>) => Promise<T> {
  const fresh = new Map<string, Readonly<{ at: Millis; answer: Promise<T> }>>();
  return (key, withinMs, make) => {
    const found = fresh.get(key);
    if (found && clock.mono() - found.at < withinMs) return found.answer;
    if (fresh.size >= MAX_SCOPES) fresh.clear();
    const answer = make();
    fresh.set(key, { at: clock.mono(), answer });
    answer.catch(() => fresh.delete(key));
    return answer;
  };
}

async function compute(deps: OverviewDeps, scope: RegionScope, ledger: () => Promise<readonly LedgerItem[]>): Promise<OverviewJson> {
  const registry = deps.registry.current();
  const now = deps.clock.now();
  const visible = devicesInScope(registry, scope);
  const [counts, statuses, items, notices] = await Promise.all([
    deps.alarms.counts(scope, { open: true }),
    deps.deviceStatus.all(),
    ledger(),
    noticesOf(deps),
  ]);
  const online = new Map(statuses.map((status) => [status.deviceId, status]));
  const colours = regionColours(registry, counts.byRegion);
  return {
    at: isoOf(now),
    alarms: {
      total: counts.total,
      unacked: counts.byAck['unacked'] ?? 0,
      byLevel: levelCounts(counts.byLevel),
      byDomain: Object.fromEntries(Object.entries(counts.byDomain).map(([domain, levels]) => [domain, levelCounts(levels)])),
      shelved: levelCounts(counts.shelved),
    },
    devices: deviceCounts(registry, visible ?? [...registry.devices.keys()], online),
    ledger: sums(items),
    regions: [...registry.regions.values()]
      .filter(({ code }) => inScope(scope, code))
      .map(({ code, name, parent }) => ({ code, name, parent: parent ?? null, level: colours.get(code) ?? 'normal' })),
    sites: siteDots(registry, scope, counts.bySite, online),
    notices: [...notices],
  };
}

async function ledgerOf({ ledger, log, settings, registry, clock }: OverviewDeps, scope: RegionScope): Promise<readonly LedgerItem[]> {
  const now = clock.now();
  const visible = devicesInScope(registry.current(), scope);
  const from = Math.floor((now - DAY_MS) / HOUR_MS) * HOUR_MS;
  const to = now + HOUR_MS;
  const items = await ledger.items(from, to, visible);
  const flying = await inFlight({ log, ledger, maxRecords: settings.limits.inFlightRecords }, from, to);
  const allowed = visible && new Set(visible);
  return withInFlight(items, flying, (id) => !allowed || allowed.has(id));
}

function sums(items: readonly LedgerItem[]): OverviewJson['ledger'] {
  const total = { received: 0, stored: 0, rejected: 0, duplicate: 0, quarantined: 0, inFlight: 0 };
  for (const item of items) for (const field of Object.keys(total) as (keyof typeof total)[]) total[field] += item[field];
  return total;
}

function deviceCounts(
  registry: RegistrySnapshot,
  ids: readonly string[],
  statuses: ReadonlyMap<string, DeviceStatus>,
): OverviewJson['devices'] {
  const counts = { total: ids.length, online: 0, offline: 0, unknown: 0, disabled: 0 };
  for (const id of ids) {
    const status = statuses.get(id);
    if (registry.devices.get(id)?.enabled === false) counts.disabled++;
    else if (!status) counts.unknown++;
    else counts[status.online ? 'online' : 'offline']++;
  }
  return counts;
}

function siteDots(
  registry: RegistrySnapshot,
  scope: RegionScope,
  bySite: OverviewSites,
  statuses: ReadonlyMap<string, DeviceStatus>,
): OverviewJson['sites'] {
  const devices = new Map<string, { all: number; online: number }>();
  for (const { id, assetId } of registry.devices.values()) {
    const siteId = registry.assets.get(assetId)?.siteId;
    const region = regionOfDevice(registry, id);
    if (siteId === undefined || region === undefined || !inScope(scope, region)) continue;
    const counts = devices.get(siteId) ?? { all: 0, online: 0 };
    devices.set(siteId, { all: counts.all + 1, online: counts.online + (statuses.get(id)?.online ? 1 : 0) });
  }
  return [...registry.sites.values()]
    .filter((site) => inScope(scope, site.regionCode))
    .map(({ id, name, domain, regionCode, lon, lat }) => ({
      id,
      name,
      domain,
      regionCode,
      lon,
      lat,
      level: bySite[id] ?? 'normal',
      devices: devices.get(id)?.all ?? 0,
      online: devices.get(id)?.online ?? 0,
    }));
}
type OverviewSites = Readonly<Record<string, OverviewJson['sites'][number]['level']>>;

async function noticesOf({ settings, readiness, accounts, registry, clock }: OverviewDeps): Promise<readonly OverviewNotice[]> {
  const users = (await accounts.list()).filter((user) => !user.disabled);
  const standing = {
    plaintext: settings.plaintext,
    single_administrator: users.length <= 1,
    must_change_password: users.some((user) => user.mustChangePassword),
    degraded: !readiness().ready,
    // With a single account there is nobody to ask, and that is said already.
    unapproved_rules: users.length > 1 && (await registry.unapproved()) > 0,
    changes_waiting: (await registry.ruleChanges(clock.now(), { state: 'pending', limit: 1 })).items.length > 0,
  } as const satisfies Record<OverviewNotice, boolean>;
  return (Object.keys(standing) as OverviewNotice[]).filter((code) => standing[code]);
}
