import { memoryLog, virtualClock } from '@anlan/adapter-memory';
import { TOPICS, notificationJsonSchema, type Notification, type NotificationJson } from '@anlan/contracts';
import { type Log, LogUnavailable } from '@anlan/ports';

import { applyVerdict } from '@anlan/alarms';
import { ADMINISTRATOR, memoryAlarms, smallCity, testDigest, verdictOf } from '@anlan/testing';
import { notificationTopic } from './notification-topic.js';

const START = 1_750_000_000_000;
const LINK = 'http://127.0.0.1/a/token';
const { signal } = new AbortController();

test('each notification stands in the topic while it waits and with what became of it, without its link, across a log that was away', async () => {
  const clock = virtualClock(START);
  const records = memoryAlarms(testDigest);
  const store = records.notifications;
  const memory = memoryLog({ clock });
  let away = true;
  const log: Log = { ...memory, append: (some) => (away ? Promise.reject(new LogUnavailable('away')) : memory.append(some)) };
  const topic = notificationTopic({ log, store, clock });
  const told = async (): Promise<readonly NotificationJson[]> =>
    (await memory.read(TOPICS.notifications, 0, 0, 100)).map(({ key, value }) => {
      const row = notificationJsonSchema.strict().parse(JSON.parse(value));
      expect(row.personId).toBe(key);
      return row;
    });
  const registry = smallCity([{ id: 'r', levels: ['red'], personIds: ['p1'], channels: ['outbox'] }]);
  await records.alarms.transact(async (tx) => {
    const context = { digest: testDigest, now: START, audience: { registry, administrators: [ADMINISTRATOR] } };
    for (const change of applyVerdict(undefined, undefined, verdictOf('active', 'red', START), context)) await tx.write(change);
  });

  await expect(topic.turn(signal)).rejects.toBeInstanceOf(LogUnavailable);
  away = false;
  await topic.turn(signal);
  expect((await told()).map(({ state, attempts, link }) => [state, attempts, link])).toEqual([['due', 0, null]]);

  const [row] = (await store.claim(START, START + 1_000, 9)) as [Notification];
  const text = `${row.text} ${LINK}`;
  await store.settle(row.id, [], { state: 'sent', outcome: 'outbox', at: START + 5, text, link: LINK });
  await topic.turn(signal);
  expect((await told()).at(-1)).toMatchObject({ id: row.id, state: 'sent', attempts: 1, outcome: 'outbox', link: null });
  expect(JSON.stringify(await told())).not.toContain('token');

  const idle = topic.turn(signal);
  await clock.advance(500);
  await idle;
  expect(await told()).toHaveLength(2);
});
