import { TOPICS, notificationJson, type Notification } from '@anlan/contracts';
import { pause, type Clock, type Log, type NewRecord, type NotificationStore } from '@anlan/ports';

export type NotificationTopicDeps = Readonly<{ log: Log; store: Pick<NotificationStore, 'untold' | 'markTold'>; clock: Clock }>;

const PAGE = 200;
const LOOK_EVERY_MS = 500;

/**
 * Copies notifications into `anlan.notifications.v1`, for other systems: each as the API shows it without its link, while it waits and after
 * each attempt, with what became of it. It follows the records, so nothing that was rolled back is seen there and nothing is passed over;
 * at least once, in order for each notification.
 */
export function notificationTopic({ log, store, clock }: NotificationTopicDeps): Readonly<{ turn(signal: AbortSignal): Promise<void> }> {
  return {
    async turn(signal) {
      const rows = await store.untold(PAGE);
      if (rows.length === 0) return pause(clock, LOOK_EVERY_MS, signal);
      await log.append(rows.map(recordOf));
      await store.markTold(rows);
    },
  };
}

function recordOf(row: Notification): NewRecord {
  const { personId: key, trace } = row;
  return { topic: TOPICS.notifications, key, value: JSON.stringify(notificationJson(row, false)), ...(trace !== undefined && { trace }) };
}
