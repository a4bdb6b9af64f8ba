import { graver, regionSubtree, type Alarm, type AlarmFilter, type Level, type RegistrySnapshot } from '@anlan/contracts';
import type { AlarmCounts, AlarmQueries, RegionScope, Timeline, TimelinePage } from '@anlan/ports';
import type { ExpressionBuilder, SelectQueryBuilder } from 'kysely';
import { cursorOf, pageOf, readCursor } from '../cursor.js';
import type { Keyring } from '../keys.js';
import { notificationOf } from '../notifications/notification-rows.js';
import type { SqlDatabase } from '../sql-database.js';
import type { Tables } from '../tables.js';
import { alarmOf, eventOf, isIntact } from './alarm-rows.js';

export type AlarmQueriesDeps = Readonly<{
  database: SqlDatabase;
  keys: Keyring;
  /** For the regions below a region. */ registry(): RegistrySnapshot;
}>;

type Alarms<O> = SelectQueryBuilder<Tables, 'alarms', O>;

/** Reads alarms, never beyond the regions of the scope. */
export function sqlAlarmQueries({ database: { db }, keys, registry }: AlarmQueriesDeps): AlarmQueries {
  const alarms = () => db.selectFrom('alarms');
  const visible = async (scope: RegionScope, id: string) =>
    (await scoped(alarms().select('id').where('id', '=', id), scope).executeTakeFirst()) !== undefined;

  return {
    async get(scope, id) {
      const row = await scoped(alarms().select('body').where('id', '=', id), scope).executeTakeFirst();
      return row && alarmOf(row);
    },
    async list(scope, filter, sort, ...[limit, cursor]) {
      const from = filtered(scoped(alarms().select(['id', 'raised_at', 'urgency', 'body']), scope), filter, registry());
      const rows = await sorted(from, sort, cursor)
        .limit(limit + 1)
        .execute();
      const page = pageOf(rows, limit, (last) =>
        cursorOf(sort, sort === 'newest' ? [last.raised_at, last.id] : [last.urgency, last.raised_at, last.id]),
      );
      return { items: page.rows.map(alarmOf), nextCursor: page.nextCursor };
    },
    async counts(scope, filter) {
      const fields = ['level', 'ack', 'work', 'domain', 'site_id', 'region_code', 'suppression'] as const;
      const from = filtered(scoped(alarms(), scope), { open: true, ...filter }, registry());
      const rows = await from
        .select(fields)
        .select((is) => is.fn.countAll<number>().as('n'))
        .groupBy(fields)
        .execute();
      return countsOf(rows);
    },
    timeline: async (scope, id, page) => ((await visible(scope, id)) ? timelineOf(db, id, page) : { items: [], nextCursor: null }),
    async notifications(scope, id) {
      if (!(await visible(scope, id))) return [];
      const rows = await db
        .selectFrom('notifications')
        .selectAll()
        .where('alarm_id', '=', id)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map((row) => notificationOf(keys, row));
    },
    async changesSince(scope, position, limit) {
      // Read before the rows: what changes in between comes with a later number, so nothing is skipped.
      const newest = await newestChange();
      if (newest <= position) return { position, alarms: [] };
      const rows = await scoped(alarms().select(['change', 'body']).where('change', '>', position), scope)
        .orderBy('change')
        .limit(limit)
        .execute();
      const last = rows.at(-1)?.change ?? position;
      return { position: rows.length === limit ? last : Math.max(last, newest), alarms: rows.map(alarmOf) };
    },
    newestChange,
    verifyChain: (id) => verifyChain(id),
  };

  async function newestChange(): Promise<number> {
    return (await db.selectFrom('counters').select('value').where('name', '=', 'alarm_change').executeTakeFirstOrThrow()).value;
  }

  async function verifyChain(id: string): Promise<number | null> {
    const head = await alarms().select(['last_seq', 'last_hash']).where('id', '=', id).executeTakeFirst();
    const rows = await db.selectFrom('alarm_events').selectAll().where('alarm_id', '=', id).orderBy('seq').execute();
    let prev = '';
    for (const [index, row] of rows.entries()) {
      if (row.seq !== index + 1 || !isIntact(row, prev)) return index + 1;
      prev = row.hash;
    }
    if (!head) return rows.length > 0 ? 1 : null;
    return head.last_seq === rows.length && head.last_hash === prev ? null : rows.length + 1;
  }
}

/** Events are numbered without gaps and never change, so a page is a stretch of numbers. */
async function timelineOf(db: SqlDatabase['db'], id: string, page?: TimelinePage): Promise<Timeline> {
  const events = db.selectFrom('alarm_events').select(['seq', 'body']).where('alarm_id', '=', id);
  if (!page) return { items: (await events.orderBy('seq').execute()).map(eventOf), nextCursor: null };
  const { order, limit, cursor } = page;
  const sort = `timeline ${order}`;
  const [from] = cursor === undefined ? [] : readCursor(cursor, sort, ['number']);
  const rows = await (from === undefined ? events : events.where('seq', order === 'oldest' ? '>' : '<', Number(from)))
    .orderBy('seq', order === 'oldest' ? 'asc' : 'desc')
    .limit(limit + 1)
    .execute();
  const found = pageOf(rows, limit, (last) => cursorOf(sort, [last.seq]));
  return { items: found.rows.map(eventOf), nextCursor: found.nextCursor };
}

function scoped<O>(query: Alarms<O>, { regionCodes }: RegionScope): Alarms<O> {
  return regionCodes === null ? query : query.where('region_code', 'in', regionCodes.length > 0 ? regionCodes : ['']);
}

const EQUALS = { siteId: 'site_id', pointId: 'point_id', deviceId: 'device_id', ruleId: 'rule_id', ack: 'ack', work: 'work' } as const;
const ONE_OF = { levels: 'level', domains: 'domain', kinds: 'kind' } as const;

function filtered<O>(query: Alarms<O>, filter: AlarmFilter, registry: RegistrySnapshot): Alarms<O> {
  const where = (is: ExpressionBuilder<Tables, 'alarms'>) => {
    const terms = [];
    for (const [field, column] of entriesOf(EQUALS)) {
      const value = filter[field];
      if (value !== undefined) terms.push(is(column, '=', value));
    }
    for (const [field, column] of entriesOf(ONE_OF)) {
      const values = filter[field];
      if (values !== undefined) terms.push(is(column, 'in', values.length > 0 ? [...values] : ['']));
    }
    if (filter.regionCode !== undefined) terms.push(is('region_code', 'in', regionSubtree(registry, filter.regionCode)));
    if (filter.from !== undefined) terms.push(is('raised_at', '>=', filter.from));
    if (filter.to !== undefined) terms.push(is('raised_at', '<', filter.to));
    // Retrospective records are history: a list of what is open shows them only when asked.
    const retrospective = filter.retrospective ?? (filter.open === true ? false : undefined);
    if (filter.open === true && retrospective === false) terms.push(is('open', '=', 1));
    else {
      if (filter.open !== undefined) terms.push(is('unclosed', '=', filter.open ? 1 : 0));
      if (retrospective !== undefined) terms.push(is('retrospective', '=', retrospective ? 1 : 0));
    }
    return is.and(terms);
  };
  return query.where(where);
}

function entriesOf<T extends object>(table: T): [keyof T, T[keyof T]][] {
  return Object.entries(table) as [keyof T, T[keyof T]][];
}

function sorted<O>(query: Alarms<O>, sort: 'newest' | 'urgency', cursor: string | undefined): Alarms<O> {
  const byTime = <Q>(from: Alarms<Q>): Alarms<Q> => from.orderBy('raised_at', 'desc').orderBy('id', 'desc');
  if (sort === 'newest') {
    if (cursor === undefined) return byTime(query);
    const [raisedAt, id] = readCursor(cursor, sort, ['number', 'string']) as readonly [number, string];
    return byTime(query.where((is) => is(is.refTuple('raised_at', 'id'), '<', is.tuple(raisedAt, id))));
  }
  const byUrgency = query.orderBy('urgency', 'desc');
  if (cursor === undefined) return byTime(byUrgency);
  const [urgency, raisedAt, id] = readCursor(cursor, sort, ['number', 'number', 'string']) as readonly [number, number, string];
  return byTime(byUrgency.where((is) => is(is.refTuple('urgency', 'raised_at', 'id'), '<', is.tuple(urgency, raisedAt, id))));
}

type CountRow = Readonly<{
  level: string;
  ack: string;
  work: string;
  domain: string;
  site_id: string;
  region_code: string;
  suppression: string;
  n: number;
}>;

function countsOf(rows: readonly CountRow[]): AlarmCounts {
  const sum = (keyOf: (row: CountRow) => string, of: readonly CountRow[] = rows): Readonly<Record<string, number>> => {
    const sums = new Map<string, number>();
    for (const row of of) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + Number(row.n));
    return Object.fromEntries(sums);
  };
  const worst = (keyOf: (row: CountRow) => string): Readonly<Record<string, Level>> => {
    const levels = new Map<string, Level>();
    for (const row of rows) levels.set(keyOf(row), graver(levels.get(keyOf(row)) ?? 'normal', row.level as Alarm['level']));
    return Object.fromEntries(levels);
  };
  const domains = new Set(rows.map((row) => row.domain));
  return {
    byLevel: sum((row) => row.level),
    byAck: sum((row) => row.ack),
    byWork: sum((row) => row.work),
    byDomain: Object.fromEntries(
      [...domains].map((domain) => [
        domain,
        sum(
          (row) => row.level,
          rows.filter((row) => row.domain === domain),
        ),
      ]),
    ),
    bySite: worst((row) => row.site_id),
    byRegion: worst((row) => row.region_code),
    shelved: sum(
      (row) => row.level,
      rows.filter((row) => row.suppression !== 'none'),
    ),
    total: rows.reduce((total, row) => total + Number(row.n), 0),
  };
}
