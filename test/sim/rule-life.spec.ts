/**
 * Rules change in the middle of an alarm storm: limits are edited, a rule is disabled, one is deleted, a pack is upgraded. Afterwards every alarm's
 * timeline must explain why it is as it is, judged by rule versions and readings alone (issue 4, bar 3).
 */
import { memoryCheckpoints, memoryFanout, memoryLog, virtualClock } from '@anlan/adapter-memory';
import { sqlRecords, type Records } from '@anlan/adapter-sql';
import { openDatabase } from '@anlan/adapter-sqlite';
import {
  rankOf,
  TOPICS,
  type Actor,
  type Alarm,
  type AlarmEvent,
  type AlarmLevel,
  type Reading,
  type ReadingsRecord,
  type Rule,
} from '@anlan/contracts';
import { alarmFlow, registryFlow, rulesFlow } from '@anlan/flows';
import { silentLogger, silentMeter } from '@anlan/observability';
import { applyTemplate, loadPacks, type Template } from '@anlan/packs';
import { sha256 } from '@anlan/shell';
import { SqliteDialect } from 'kysely';
import { rngOf } from './rng.js';

const T = Date.parse('2026-03-02T00:00:00Z');
const STEP_MS = 10_000;
const STEPS = 150;
const WELLS = 16;
const ANN: Actor = { kind: 'user', id: 'ann' };
const BEN: Actor = { kind: 'user', id: 'ben' };
const ALL = { regionCodes: null };
const wells = Array.from({ length: WELLS }, (_, i) => `w${i + 1}`);
const ladder = (factor: number) => [
  { level: 'yellow', at: 10 * factor, onCount: 2 },
  { level: 'orange', at: 20 * factor },
  { level: 'red', at: 30 * factor, latching: false },
];
const gasRule = (id: string, metric: string, factor: number, more: object = {}) => ({
  id,
  kind: 'threshold',
  select: { metric },
  levels: ladder(factor),
  ...more,
});
const CITY = {
  version: 1,
  regions: [{ code: '1', name: '市' }],
  units: [{ id: 'u', name: '单位', role: 'owner' }],
  metrics: ['a', 'b', 'c'].map((code) => ({ code, name: code, unit: 'x', min: 0, max: 100 })),
  sites: [{ id: 's', name: '网', domain: 'uspace', regionCode: '1', unitId: 'u', lon: 117, lat: 31 }],
  assets: wells.map((id) => ({ id, siteId: 's', name: id })),
  devices: wells.map((id) => ({ id: `d-${id}`, assetId: id, credential: `secret-of-${id}`, intervalMs: STEP_MS })),
  points: wells.flatMap((id) => ['a', 'b', 'c', 'uspace_h2s'].map((metric) => ({ deviceId: `d-${id}`, metric }))),
  rules: [gasRule('edited', 'a', 1), gasRule('disabled', 'b', 1), gasRule('deleted', 'c', 1)],
};

test('R-16, bar 3: edit, disable, delete and pack upgrade in a storm leave every alarm explained by its timeline', async () => {
  const clock = virtualClock(T);
  const log = memoryLog({ clock });
  const fanout = memoryFanout({ onError: fail });
  const packs = loadPacks();
  const records = await sqlRecords({
    watchNesting: true,
    dialect: new SqliteDialect({ database: openDatabase(':memory:') }),
    keys: { current: 'k', peppers: new Map([['k', new Uint8Array(32).fill(7)]]) },
    catalogue: packs.metrics,
    publicUrl: 'http://127.0.0.1',
    clock,
    onFatal: fail,
  });
  const common = { log, clock, logger: silentLogger, meter: silentMeter };
  const registry = registryFlow({ ...common, store: records.registry, fanout });
  const rules = rulesFlow({ ...common, checkpoints: memoryCheckpoints(), activations: records.registry, digest: sha256 });
  const alarms = alarmFlow({
    ...common,
    store: records.alarms,
    registry: records.registry,
    administrators: async () => [],
    fanout,
    digest: sha256,
  });
  const change = async (bundle: unknown, hold = false): Promise<readonly string[]> => {
    const outcome = await registry.importBundle(bundle, ANN, { hold });
    if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
    return outcome.pending.flatMap(({ changeId }) => changeId ?? []);
  };
  const order = async (template: Template): Promise<void> => {
    const standing = (await records.registry.rules()).map(({ body }) => body);
    const overrides = { w1: { levels: [{ level: 'red' as const, at: 45 }] } };
    const made = applyTemplate(
      template,
      { template: template.id, id: 'h2s', select: { siteId: 's' }, overrides },
      { registry: records.registry.current(), standing },
    );
    if ('faults' in made) throw new Error(JSON.stringify(made.faults));
    await change({ version: 1, rules: made.rules });
  };
  await registry.start();
  await change(CITY);
  const template = packs.templates.get('uspace_h2s');
  if (template?.kind !== 'threshold') throw new Error('the pack has no such template');
  await order(template);
  await rules.start();
  await alarms.start();

  const rng = rngOf('rule life');
  const sent = new Map<string, number>();
  const level = new Map<string, number>();
  for (let step = 0; step < STEPS; step += 1) {
    if (step === 50) {
      const waiting = await change({ rules: [gasRule('edited', 'a', 1.4, { reason: '换季' })] }, true);
      expect(waiting).toHaveLength(1);
      expect(await registry.decide(waiting[0] ?? '', { approve: true, comment: null }, BEN)).toMatchObject({ kind: 'applied' });
    }
    if (step === 70) await change({ rules: [gasRule('disabled', 'b', 1, { enabled: false })] });
    if (step === 90) await order({ ...template, levels: template.levels.map((one) => ({ ...one, at: Number(one.at) * 1.5 })) });
    if (step === 110) expect(await registry.remove('rules', ['deleted'], ANN)).toMatchObject({ kind: 'applied' });
    await clock.advance(STEP_MS);
    const t = clock.now();
    await log.append(
      wells.map((well) => {
        const readings = ['a', 'b', 'c', 'uspace_h2s'].map((metric): Reading => {
          const pointId = `d-${well}.${metric}`;
          const v = Math.min(100, Math.max(0, (level.get(pointId) ?? 0) + (rng.next() - 0.47) * 14));
          level.set(pointId, rng.chance(0.02) ? 0 : v);
          sent.set(`${pointId} ${t}`, v);
          return { pointId, t, v, q: 'good' };
        });
        const record: ReadingsRecord = {
          kind: 'readings',
          deviceId: `d-${well}`,
          siteId: 's',
          arrivedAt: t,
          readings,
          rejected: 0,
          quarantined: 0,
        };
        return { topic: TOPICS.readings, key: 's', value: JSON.stringify(record) };
      }),
    );
    await clock.settle();
  }
  await rules.drain();
  await alarms.drain();

  const versions = await versionsOf(records, ['edited', 'disabled', 'deleted', 'h2s', 'h2s.w1']);
  const found = await everyAlarm(records);
  const seen = new Map<string, number>();
  const unexplained: string[] = [];
  for (const alarm of found.filter(({ key }) => key.kind === 'threshold')) {
    const { items: timeline } = await records.alarmQueries.timeline(ALL, alarm.id);
    for (const { type } of timeline) seen.set(type, (seen.get(type) ?? 0) + 1);
    unexplained.push(...faultsOf(alarm, timeline, { versions, sent }).map((fault) => `${alarm.key.ruleId} ${alarm.key.pointId}: ${fault}`));
    expect(await records.alarmQueries.verifyChain(alarm.id)).toBeNull();
  }
  expect(unexplained).toEqual([]);
  // A storm in which nothing of all this happened would prove nothing.
  const wanted = ['raised', 'level_rose', 'recovered', 'returned', 'rule_edited', 'removed'];
  expect(wanted.filter((type) => !seen.get(type))).toEqual([]);
  for (const ruleId of ['disabled', 'deleted']) {
    const own = found.filter(({ key }) => key.ruleId === ruleId);
    expect(own.some(({ endReason }) => endReason === 'removed')).toBe(true);
    expect(own.filter(({ process }) => process !== 'normal')).toEqual([]);
  }
  expect((await versionRows(records, 'edited')).map(({ author, approvedBy, reason }) => [author, approvedBy, reason])).toEqual([
    ['ann', null, null],
    ['ann', 'ben', '换季'],
  ]);
  await records.close();
}, 300_000);

function fail(error: unknown): never {
  throw error;
}

type Versions = ReadonlyMap<string, Rule>;
type Facts = Readonly<{ versions: Versions; sent: ReadonlyMap<string, number> }>;

const versionRows = ({ registry }: Records, id: string) => registry.ruleVersions(id);

async function versionsOf(records: Records, ids: readonly string[]): Promise<Versions> {
  const rows = await Promise.all(ids.map((id) => versionRows(records, id)));
  return new Map(rows.flat().map(({ rule }) => [`${rule.id} ${rule.version}`, rule]));
}

async function everyAlarm({ alarmQueries }: Records): Promise<readonly Alarm[]> {
  const found: Alarm[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await alarmQueries.list(ALL, {}, 'newest', 500, cursor);
    found.push(...page.items);
    if (page.nextCursor === null) return found;
    cursor = page.nextCursor;
  }
}

/** Events that say how the process stands after them. */
const PROCESS_AFTER: Readonly<Partial<Record<AlarmEvent['type'], Alarm['process']>>> = {
  raised: 'active',
  recovering: 'recovering',
  rebreached: 'active',
  recovered: 'normal',
  latched: 'latched',
  level_rose: 'active',
  level_fell: 'active',
  returned: 'active',
  removed: 'normal',
};
/** Events that claim a breach of their level, and those that claim its end, in the world. */
const CLAIMS_BREACH: ReadonlySet<string> = new Set(['raised', 'level_rose', 'returned']);

/** A level on its way makes an alarm pending only where it was normal. */
function processAfter(
  process: Alarm['process'] | undefined,
  type: AlarmEvent['type'],
  data: AlarmEvent['data'],
): Alarm['process'] | undefined {
  if (type === 'rule_edited') return data['process'] as Alarm['process'];
  if (type === 'pending') return process === 'normal' ? 'pending' : process;
  if (type === 'pending_cleared') return process === 'pending' ? 'normal' : process;
  return PROCESS_AFTER[type] ?? process;
}

/** What of an alarm its timeline does not explain. Told by nothing but the versions of the rule and the readings that were sent. */
function faultsOf(alarm: Alarm, timeline: readonly AlarmEvent[], { versions, sent }: Facts): readonly string[] {
  const faults: string[] = [];
  let process: Alarm['process'] | undefined;
  for (const { type, level, t, value, reason, data, at, actor } of timeline) {
    process = processAfter(process, type, data);
    if (actor.kind !== 'engine') continue;
    const rule = versions.get(`${alarm.key.ruleId} ${String(data['ruleVersion'])}`);
    if (!rule) faults.push(`${type} at ${at} names no version of the rule`);
    if (!reason || reason.zh === '' || reason.en === '') faults.push(`${type} at ${at} gives no reason`);
    if (CLAIMS_BREACH.has(type) && t !== null && !(value !== null && value >= limitOf(rule, level)))
      faults.push(`${type} ${level} at ${value} is no breach of version ${String(data['ruleVersion'])}`);
    if (type === 'recovered' && t !== null) {
      const v = sent.get(`${alarm.key.pointId} ${t}`);
      if (v === undefined || v >= limitOf(rule, 'yellow')) faults.push(`recovered at ${String(v)}, above the lowest limit`);
    }
  }
  if (process !== alarm.process) faults.push(`is ${alarm.process}, its timeline ends ${String(process)}`);
  if (alarm.endReason === 'removed' && alarm.work !== 'awaiting_review') faults.push(`was removed and is ${alarm.work}`);
  const newest = [...versions.values()].filter(({ id }) => id === alarm.key.ruleId).at(-1);
  if (alarm.process === 'active' && (!newest?.enabled || alarm.ruleVersion !== newest.version))
    faults.push(`stands under version ${alarm.ruleVersion}, which is not the one that runs`);
  return faults;
}

function limitOf(rule: Rule | undefined, level: AlarmLevel): number {
  if (!rule || rule.kind === 'health') return Infinity;
  const limits = rule.levels.filter((step) => rankOf(step.level) >= rankOf(level)).map(({ at }) => at ?? Infinity);
  return Math.min(...limits);
}
