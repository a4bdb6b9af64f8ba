import { join } from 'node:path';
import { sqliteLog } from '@anlan/adapter-sqlite';
import {
  type Alarm,
  type AlarmEvent,
  type LedgerItem,
  type Notification,
  type ReadingsLogValue,
  TOPICS,
  type Topic,
  type Verdict,
} from '@anlan/contracts';
import { systemClock } from '@anlan/shell';
import type { AlarmSeen, Evidence } from '../check/evidence.js';
import type { Journal } from './journal.js';
import type { Call } from './phone.js';
import { type Platform, until } from './platform.js';

/** After a kill a POST may come again within this time of its first, because its outcome was not recorded. */
const UNRECORDED_MS = 3_000;
const PAGE = 5_000;

export type Gathering = Readonly<{
  platform: Platform;
  journal: Journal;
  pointIds: readonly string[];
  calls?: readonly Call[];
  /** When the platform died. */ kills?: readonly number[];
}>;

/** Waits until everything acknowledged is accounted for, no flow lags and nobody waits for a grave notice. */
export async function atRest({ platform, journal }: Pick<Gathering, 'platform' | 'journal'>, timeoutMs = 120_000): Promise<void> {
  await until(
    'the pipeline at rest',
    async () => {
      const { items } = await platform.get('/ledger');
      const sum = (name: string): number => items.reduce((total: number, item: Record<string, number>) => total + (item[name] ?? 0), 0);
      return sum('stored') >= journal.acked.size && sum('inFlight') === 0 && (await platform.caughtUp()) ? true : undefined;
    },
    timeoutMs,
    250,
  );
  await until(
    'all orange and red notices sent',
    async () => {
      const rows = await platform.all('/notifications');
      return rows.every(({ level, state }) => !['orange', 'red'].includes(level) || ['sent', 'merged', 'cancelled', 'dead'].includes(state))
        ? true
        : undefined;
    },
    timeoutMs,
    500,
  );
}

/**
 * What a run of the real process left behind, in the words of the checks that the simulation uses too.
 * Stops the platform in order (the log is read from its folder afterwards); it must be at rest.
 */
export async function gather({ platform, journal, pointIds, calls, kills = [] }: Gathering): Promise<Evidence> {
  const series = new Map<string, readonly Readonly<{ t: number; v: number }>[]>();
  for (const pointId of pointIds) {
    const samples = await platform.all(`/points/${pointId}/series?from=1970-01-01T00:00:00.000Z`);
    series.set(
      pointId,
      samples.map(({ t, v }) => ({ t: Date.parse(t as string), v: v as number })),
    );
  }
  const ledger: readonly LedgerItem[] = (await platform.get('/ledger')).items;
  const deadLetters = (await platform.all('/dead-letters')).length;
  const alarms = await alarmsOf(platform);
  const notifications: readonly Notification[] = await platform.all('/notifications');
  const { code, ms } = await platform.stop();
  if (code !== 0 || ms > 10_000) throw new Error(`SIGTERM ended with ${code} after ${ms} ms\n${platform.output.slice(-20).join('')}`);
  return {
    sent: journal.sent.map((entry) => ({ ...entry, messageKey: `${entry.pointId}@${entry.t}` })),
    acked: journal.acked,
    ...(await logsOf(platform.dataDir)),
    series,
    ledger,
    deadLetters,
    alarms,
    notifications,
    ...(calls && { phone: phoneOf(calls, notifications, kills) }),
  };
}

async function alarmsOf(platform: Platform): Promise<readonly AlarmSeen[]> {
  const seen: AlarmSeen[] = [];
  for (const alarm of await platform.all('/alarms')) seen.push(await alarmSeen(platform, alarm));
  return seen;
}

type AlarmRow = Pick<Alarm, 'id' | 'process' | 'work' | 'level' | 'peakLevel'> &
  Readonly<{ retrospective: boolean; pointId: string; ruleId: string; kind: string }>;

/** Health alarms come from silence on the platform's own clock, so only the others are compared event by event (`R-12`). */
async function alarmSeen(platform: Platform, alarm: AlarmRow): Promise<AlarmSeen> {
  const events: readonly AlarmEvent[] = (await platform.get(`/alarms/${alarm.id}/timeline`)).items;
  const engineEventIds = alarm.kind === 'threshold' ? events.filter(({ actor }) => actor.kind === 'engine').map(({ id }) => id) : [];
  return { alarm: { ...alarm, keyText: `${alarm.pointId}|${alarm.ruleId}|${alarm.kind}` }, events, engineEventIds };
}

async function logsOf(dataDir: string): Promise<Pick<Evidence, 'log' | 'verdicts'>> {
  const log = await sqliteLog({
    file: join(dataDir, 'log.db'),
    clock: systemClock(),
    host: 'inline',
    onFatal: (error) => {
      throw error;
    },
  });
  const all = async <T>(topic: Topic): Promise<readonly Readonly<{ partition: number; offset: number; at: number; value: T }>[]> => {
    const found = [];
    for (let offset = 0; ;) {
      const page = await log.read(topic, 0, offset, PAGE);
      if (page.length === 0) return found;
      found.push(
        ...page.map((record) => ({
          partition: record.partition,
          offset: record.offset,
          at: record.at,
          value: JSON.parse(record.value) as T,
        })),
      );
      offset = (page.at(-1)?.offset ?? offset) + 1;
    }
  };
  try {
    const readings = await all<ReadingsLogValue>(TOPICS.readings);
    const verdicts = await all<Verdict>(TOPICS.verdicts);
    return {
      log: readings.flatMap(({ value, ...place }) => (value.kind === 'readings' ? [{ ...place, record: value }] : [])),
      verdicts: verdicts.map(({ value }) => value).filter(({ key }) => key.kind === 'threshold'),
    };
  } finally {
    await log.close();
  }
}

/** A repeat is right only where a kill may have swallowed the record of the first. */
function phoneOf(calls: readonly Call[], notifications: readonly Notification[], kills: readonly number[]): NonNullable<Evidence['phone']> {
  const keys = new Map(notifications.map((row) => [row.id, `${row.eventId}|${row.personId}|${row.channel}|${row.step}`]));
  const last = new Map<string, number>();
  return calls.map(({ id, at }) => {
    const before = last.get(id);
    last.set(id, at);
    return {
      id,
      key: keys.get(id) ?? `nobody planned ${id}`,
      again: before !== undefined && !kills.some((kill) => kill >= before && kill <= before + UNRECORDED_MS),
    };
  });
}
