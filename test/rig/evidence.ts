import {
  type Alarm,
  type AlarmEvent,
  type AlarmKey,
  type AlarmLevel,
  type DeadLetter,
  type LedgerItem,
  type Notification,
  type NotificationState,
  type ReadingsLogValue,
  TOPICS,
  type Topic,
  type Verdict,
  keyText,
} from '@anlan/contracts';
import { engineEventsOf } from '../check/engine-events.js';
import { type Death, repeatedInVain } from '../check/repeats.js';
import type { AlarmSeen, Evidence } from '../check/evidence.js';
import type { Journal } from './journal.js';
import type { Call } from './phone.js';
import { type Platform, sleep } from './platform.js';

const PAGE = 5_000;
const STILL_MS = 60_000;

export type Gathering = Readonly<{
  platform: Platform;
  journal: Journal;
  pointIds: readonly string[];
  calls?: readonly Call[];
  deaths?: readonly Death[];
}>;

type Look<T> = Readonly<{ answer: T | undefined; state: string }>;

/** Looks until there is an answer, for as long as anything moves: a busy machine may take its time, a platform that is stuck may not. */
async function whileMoving<T>(what: string, look: () => Promise<Look<T>>, stillMs: number): Promise<T> {
  let [state, since] = ['', Date.now()];
  for (;;) {
    const seen: Look<T> = await look().catch((error: unknown) => ({ answer: undefined, state: String(error) }));
    if (seen.answer !== undefined) return seen.answer;
    if (seen.state !== state) [state, since] = [seen.state, Date.now()];
    if (Date.now() - since > stillMs) throw new Error(`waited for ${what}, but nothing moved for ${stillMs} ms: ${state}`);
    await sleep(500);
  }
}

/** Waits until everything acknowledged is accounted for, no flow lags and nobody waits for a grave notice. Fails when nothing moves for `stillMs`. */
export async function atRest({ platform, journal }: Pick<Gathering, 'platform' | 'journal'>, stillMs = STILL_MS): Promise<void> {
  await whileMoving(
    'the pipeline at rest',
    async () => {
      const { items } = await platform.get('/ledger');
      const sum = (name: string): number => items.reduce((total: number, item: Record<string, number>) => total + (item[name] ?? 0), 0);
      const accounted = sum('stored') >= journal.acked.size && sum('inFlight') === 0;
      return {
        answer: accounted && (await platform.caughtUp()) ? true : undefined,
        state: `stored ${sum('stored')} of ${journal.acked.size}, in flight ${sum('inFlight')}, lags ${JSON.stringify(await platform.lags())}`,
      };
    },
    stillMs,
  );
  await withoutGraveOnTheirWay(platform, stillMs);
}

const GRAVE: readonly AlarmLevel[] = ['orange', 'red'];
const OVER: readonly NotificationState[] = ['sent', 'merged', 'cancelled'];

/** The outbox, once no orange or red notice waits or is being sent. */
function withoutGraveOnTheirWay(platform: Platform, stillMs: number): Promise<readonly Notification[]> {
  return whileMoving(
    'all orange and red notices to be sent',
    async () => {
      const rows: readonly Notification[] = await platform.all('/notifications');
      const waiting = rows.filter(({ level, state }) => GRAVE.includes(level) && !OVER.includes(state));
      return {
        answer: waiting.length === 0 ? rows : undefined,
        state: `${waiting.length} wait, ${waiting[0]?.id} is ${waiting[0]?.state}`,
      };
    },
    stillMs,
  );
}

/**
 * What a run of the real process left behind, in the words of the checks that the simulation uses too.
 * Stops the platform in order (the log is read from its folder afterwards); it must be at rest.
 */
export async function gather({ platform, journal, pointIds, calls, deaths = [] }: Gathering): Promise<Evidence> {
  const series = new Map<string, readonly Readonly<{ t: number; v: number }>[]>();
  for (const pointId of pointIds) {
    const samples = await platform.all(`/points/${pointId}/series?from=1970-01-01T00:00:00.000Z`);
    series.set(
      pointId,
      samples.map(({ t, v }) => ({ t: Date.parse(t as string), v: v as number })),
    );
  }
  const ledger: readonly LedgerItem[] = (await platform.get('/ledger')).items;
  const deadLetters: readonly DeadLetter[] = await platform.all('/dead-letters');
  const alarms = await alarmsOf(platform);
  // Reminders go on falling due while we read: the outbox is taken at a moment when no grave one is on its way.
  const notifications = await withoutGraveOnTheirWay(platform, STILL_MS);
  const { code, ms } = await platform.stop();
  if (code !== 0 || ms > (platform.distributed ? 30_000 : 10_000))
    throw new Error(`SIGTERM ended with ${code} after ${ms} ms\n${platform.output.slice(-20).join('')}`);
  return {
    sent: journal.sent.map((entry) => ({ ...entry, messageKey: `${entry.pointId}@${entry.t}` })),
    acked: journal.acked,
    ...(await logsOf(platform)),
    series,
    ledger,
    deadLetters,
    alarms,
    notifications,
    ...(calls && { phone: phoneOf(calls, notifications, deaths) }),
  };
}

async function alarmsOf(platform: Platform): Promise<readonly AlarmSeen[]> {
  const seen: AlarmSeen[] = [];
  for (const alarm of await platform.all('/alarms')) seen.push(await alarmSeen(platform, alarm));
  return seen;
}

type AlarmRow = Pick<Alarm, 'id' | 'process' | 'work' | 'level' | 'peakLevel'> & AlarmKey & Readonly<{ retrospective: boolean }>;

/** Health alarms come from silence on the platform's own clock, so only the others are compared event by event (`R-12`). */
async function alarmSeen(platform: Platform, alarm: AlarmRow): Promise<AlarmSeen> {
  const events: readonly AlarmEvent[] = (await platform.get(`/alarms/${alarm.id}/timeline`)).items;
  return {
    alarm: { ...alarm, keyText: keyText(alarm) },
    events,
    engineEvents: alarm.kind === 'threshold' ? engineEventsOf(alarm, events) : new Map(),
  };
}

async function logsOf(platform: Platform): Promise<Pick<Evidence, 'log' | 'verdicts'>> {
  const log = await platform.openLog();
  const all = async <T>(topic: Topic): Promise<readonly Readonly<{ partition: number; offset: number; at: number; value: T }>[]> => {
    const found = [];
    for (let partition = 0; partition < log.partitions(topic); partition += 1)
      for (let offset = 0; ;) {
        const page = await log.read(topic, partition, offset, PAGE);
        if (page.length === 0) break;
        found.push(...page.map(({ at, value, ...place }) => ({ partition, offset: place.offset, at, value: JSON.parse(value) as T })));
        offset = (page.at(-1)?.offset ?? offset) + 1;
      }
    return found;
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

function phoneOf(calls: readonly Call[], notifications: readonly Notification[], deaths: readonly Death[]): NonNullable<Evidence['phone']> {
  const keys = new Map(notifications.map((row) => [row.id, `${row.eventId}|${row.personId}|${row.channel}|${row.step}`]));
  const inVain = repeatedInVain(calls, deaths);
  return calls.map(({ id }, i) => ({ id, key: keys.get(id) ?? `nobody planned ${id}`, again: inVain[i] ?? false }));
}
