/** One lane of the outbox: claims as many rows as it has hands free and never waits for a slow one while another is free. */
import type { Level, Notification } from '@anlan/contracts';
import { pause, type NotificationStore, type SendLane } from '@anlan/ports';
import type { Bell } from '../bell.js';
import { mayMerge, parcelsOf } from './parcels.js';
import { type SendDeps, dropVoid, sendParcel } from './send.js';

/** A claim is void after this; it must be longer than any send may take. */
const LEASE_MS = 30_000;
/** Between two looks for rows that fall due by themselves; new ones that are due at once ring. */
const IDLE_MS = 1_000;
const FULL_HANDS_MS = 200;
/** So long a drain waits for messages on their way; the rest is tried again under the same ids when the lease is over. */
const LAST_WORDS_MS = 5_000;

export type Lane = Readonly<{ turn(signal: AbortSignal): Promise<void>; finish(): Promise<void>; inHand(): number }>;

/** `rung`: something was written that the lane may have to send at once. */
type LaneDeps = SendDeps & Readonly<{ rung: Bell }>;

export function lane(deps: LaneDeps, where: SendLane, hands: number): Lane {
  const { store, clock, logger, rung } = deps;
  const busy = new Set<Promise<void>>();
  /** Ids being worked on: a claim may give back what a slow send has held beyond its lease. */
  const held = new Set<string>();

  const deliver = async (rows: readonly Notification[]): Promise<void> => {
    const wanted: Notification[] = [];
    for (const row of rows) if (!(await dropVoid(row, deps))) wanted.push(row);
    for (const parcel of parcelsOf(wanted, await shownBy(wanted, store))) await sendParcel(parcel, deps);
  };
  const start = (rows: readonly Notification[]): void => {
    for (const { id } of rows) held.add(id);
    // Nothing is lost when it fails: the lease ends and the rows are claimed again under the same ids.
    const work = deliver(rows)
      .catch((error: unknown) =>
        logger.warn('a notification could not be settled and is tried again', { reason: String(error), lane: where.channel }),
      )
      .finally(() => {
        busy.delete(work);
        for (const { id } of rows) held.delete(id);
      });
    busy.add(work);
  };

  return {
    async turn(signal) {
      if (busy.size >= hands) {
        await Promise.race([...busy, pause(clock, FULL_HANDS_MS, signal)]);
        return;
      }
      const heard = rung.rings();
      const now = clock.now();
      const claimed = await store.claim(now, now + LEASE_MS, hands - busy.size, where);
      const rows = claimed.filter(({ id }) => !held.has(id));
      for (const inbox of byInbox(rows)) start(inbox);
      if (rows.length === 0) await rung.wait(heard, IDLE_MS, signal);
    },
    async finish() {
      const enough = new AbortController();
      await Promise.race([Promise.all(busy).then(() => enough.abort()), pause(clock, LAST_WORDS_MS, enough.signal)]);
    },
    inHand: () => busy.size,
  };
}

/** What alarms show at the moment of sending; asked only where messages share one. */
async function shownBy(rows: readonly Notification[], store: Pick<NotificationStore, 'shown'>): Promise<ReadonlyMap<string, Level>> {
  const mild = rows.filter(mayMerge);
  return mild.length > 1 ? store.shown([...new Set(mild.map(({ alarmId }) => alarmId))]) : new Map();
}

/** Orange and red one by one; blue and yellow by person, so that they can share a message. */
function byInbox(rows: readonly Notification[]): readonly (readonly Notification[])[] {
  const groups = new Map<string, Notification[]>();
  for (const row of rows) {
    const inbox = row.level === 'blue' || row.level === 'yellow' ? `${row.channel} ${row.personId}` : row.id;
    groups.set(inbox, [...(groups.get(inbox) ?? []), row]);
  }
  return [...groups.values()];
}
