import type { Alarm, Notification } from '@anlan/contracts';
import type { AlarmStoreHarness } from './alarm-store.contract.js';
import { SAMPLE_AT as AT, SAMPLE_LEVELS, born, sampleAlarm, sampleNotification } from './alarm-samples.js';

/** The promises of NotificationStore, for every store. */
export function notificationStoreContract(name: string, make: () => Promise<AlarmStoreHarness>): void {
  describe(`NotificationStore: ${name}`, () => {
    let store: AlarmStoreHarness;
    beforeEach(async () => {
      store = await make();
    });
    afterEach(() => store.dispose());

    const write = (alarm: Alarm, notifications: readonly Notification[]) =>
      store.alarms.transact((tx) => tx.write(born(alarm, { notifications })));
    const ids = (rows: readonly Notification[]) => rows.map(({ id }) => id);
    const LATER = AT + 1_000;
    const LEASE = LATER + 30_000;
    const told = { at: LATER, outcome: '', text: 'what was sent', link: null } as const;
    const state = async (id: string) => (await store.notifications.page(100)).items.find((row) => row.id === id);

    test('claims what is due, gravest first, then oldest', async () => {
      const rows = SAMPLE_LEVELS.flatMap((level, i) => {
        const alarm = sampleAlarm(level, { level });
        return [
          sampleNotification(alarm, 2 * i + 1, { personId: `p${i}` }),
          sampleNotification(alarm, 2 * i + 2, { personId: `p${i}`, dueAt: LEASE }),
        ].map((row) => ({ alarm, row }));
      });
      for (const level of SAMPLE_LEVELS)
        await write(
          sampleAlarm(level, { level }),
          rows.filter(({ alarm }) => alarm.id === level).map(({ row }) => row),
        );
      expect(await store.notifications.nextDueAt()).toBe(AT + 1);
      const claimed = await store.notifications.claim(LATER, LEASE, 2);
      expect(ids(claimed)).toEqual(['red-n7', 'orange-n5']);
      expect(claimed[0]).toMatchObject({ state: 'sending', attempts: 1, personId: 'p3' });
      expect(ids(await store.notifications.claim(LATER, LEASE, 1, { levels: ['blue'] }))).toEqual(['blue-n1', 'blue-n2']);
      expect(await store.notifications.claim(LATER, LEASE, 9, { channel: 'webhook' })).toEqual([]);
      expect(ids(await store.notifications.claim(LATER, LEASE, 9))).toEqual(['yellow-n3', 'yellow-n4']);
    });

    test('shown: what alarms show now, and nothing of unknown ones', async () => {
      const rose = sampleAlarm('a1', { level: 'orange' });
      const over = sampleAlarm('a2', { level: 'yellow', process: 'normal' });
      await write(rose, [sampleNotification(rose, 1, { level: 'blue' })]);
      await write(over, []);
      expect(await store.notifications.shown(['a1', 'a2', 'none'])).toEqual(new Map([['a1', 'orange'], ['a2', 'normal']])); // prettier-ignore
      expect(await store.notifications.shown([])).toEqual(new Map());
    });

    test('N1: a row is with one worker until it is settled or its lease has passed', async () => {
      const alarm = sampleAlarm('a1');
      await write(alarm, [sampleNotification(alarm, 1)]);
      const claims = await Promise.all(Array.from({ length: 5 }, () => store.notifications.claim(LATER, LEASE, 9)));
      expect(claims.flat()).toHaveLength(1);
      expect(await store.notifications.claim(LEASE - 1, LEASE + 9, 9)).toEqual([]);
      expect(await store.notifications.claim(LEASE, LEASE + 9, 9)).toMatchObject([{ id: 'a1-n1', attempts: 2 }]);
      await store.notifications.settle('a1-n1', [], { ...told, state: 'sent', outcome: 'receipt 7' });
      expect(await store.notifications.claim(LEASE + 99_999, LEASE + 199_999, 9)).toEqual([]);
      expect(await state('a1-n1')).toMatchObject({ state: 'sent', sentAt: LATER, outcome: 'receipt 7', text: 'what was sent' });
      expect(await store.notifications.nextDueAt()).toBeNull();
    });

    test('what failed for now and what got no answer come again when due; what failed for good does not', async () => {
      const alarm = sampleAlarm('a1');
      await write(
        alarm,
        [1, 2, 3, 4].map((n) => sampleNotification(alarm, n)),
      );
      await store.notifications.claim(LATER, LEASE, 9);
      await store.notifications.settle('a1-n1', [], { ...told, state: 'due', dueAt: LATER + 500, link: 'http://127.0.0.1/a/token' });
      await store.notifications.settle('a1-n2', [], { ...told, state: 'unknown', dueAt: LATER + 600 });
      await store.notifications.settle('a1-n3', [], { ...told, state: 'unknown' });
      await store.notifications.settle('a1-n4', [], { ...told, state: 'failed' });
      expect(await store.notifications.nextDueAt()).toBe(LATER + 500);
      expect(await store.notifications.claim(LATER + 500, LEASE, 9)).toMatchObject([
        { id: 'a1-n1', link: 'http://127.0.0.1/a/token', text: 'what was sent', attempts: 2 },
      ]);
      expect(ids(await store.notifications.claim(LATER + 99_999, LATER + 999_999, 9))).toEqual(expect.arrayContaining(['a1-n2']));
      expect([(await state('a1-n3'))?.state, (await state('a1-n4'))?.state]).toEqual(['unknown', 'failed']);
    });

    test('blue and yellow of one person on one channel come and go together', async () => {
      const [blue, yellow, red] = [
        sampleAlarm('b', { level: 'blue' }),
        sampleAlarm('y', { level: 'yellow' }),
        sampleAlarm('r', { level: 'red' }),
      ];
      await write(blue, [
        sampleNotification(blue, 1),
        sampleNotification(blue, 2, { personId: 'p2', dueAt: LEASE }),
        sampleNotification(blue, 3, { channel: 'webhook', dueAt: LEASE }),
      ]);
      await write(yellow, [sampleNotification(yellow, 1, { dueAt: LEASE })]);
      await write(red, [sampleNotification(red, 1, { dueAt: LEASE })]);
      expect(ids(await store.notifications.claim(LATER, LEASE, 1))).toEqual(['b-n1', 'y-n1']);
      await store.notifications.settle('b-n1', ['y-n1'], { ...told, state: 'sent' });
      expect(await state('y-n1')).toMatchObject({ state: 'merged', mergedInto: 'b-n1', sentAt: LATER });
      expect(ids(await store.notifications.claim(LATER, LEASE, 9))).toEqual([]);
    });

    test('a row is void once somebody answered at its level or the alarm is closed; a recovery never is', async () => {
      const alarm = sampleAlarm('a1', { level: 'red' });
      await write(alarm, [
        sampleNotification(alarm, 1),
        sampleNotification(alarm, 2, { level: 'orange' }),
        sampleNotification(alarm, 3, { kind: 'recovery' }),
      ]);
      const voids = async () => [
        await store.notifications.isVoid('a1-n1'),
        await store.notifications.isVoid('a1-n2'),
        await store.notifications.isVoid('a1-n3'),
        await store.notifications.isVoid('none'),
      ];
      const change = (more: Partial<Alarm>) =>
        store.alarms.transact((tx) =>
          tx.write({ alarm: { ...alarm, ...more }, created: false, events: [], notifications: [], timers: [] }),
        );
      expect(await voids()).toEqual([false, false, false, false]);
      await change({ version: 2, ack: 'acked', ackedLevel: 'orange' });
      expect(await voids()).toEqual([false, true, false, false]);
      await change({ version: 3, ack: 'unacked', ackedLevel: 'orange' });
      expect(await voids()).toEqual([false, false, false, false]);
      await change({ version: 4, work: 'closed' });
      expect(await voids()).toEqual([true, true, false, false]);
    });

    test('a row is told of once in each state and attempt; on its way it waits for what becomes of it', async () => {
      const [alarm, trace] = [sampleAlarm('a1'), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'];
      await write(alarm, [sampleNotification(alarm, 1, { trace }), sampleNotification(alarm, 2, { dueAt: LEASE })]);
      const untold = () => store.notifications.untold(9);
      const first = await untold();
      expect(first.map(({ id, state, trace: place }) => [id, state, place])).toEqual([
        ['a1-n1', 'due', trace],
        ['a1-n2', 'due', undefined],
      ]);
      expect(ids(await store.notifications.untold(1))).toEqual(['a1-n1']);
      await store.notifications.claim(LATER, LEASE, 1);
      expect(ids(await untold())).toEqual(['a1-n2']);
      // The first has moved on since it was read: it stays untold.
      await store.notifications.markTold(first);
      expect(await untold()).toEqual([]);
      await store.notifications.settle('a1-n1', [], { ...told, state: 'due', dueAt: LATER + 1 });
      expect(await untold()).toMatchObject([{ id: 'a1-n1', state: 'due', attempts: 1 }]);
      await store.notifications.markTold(await untold());
      await store.notifications.claim(LATER + 1, LEASE, 1);
      await store.notifications.settle('a1-n1', ['a1-n2'], { ...told, state: 'sent' });
      expect((await untold()).map(({ id, state }) => [id, state])).toEqual([
        ['a1-n1', 'sent'],
        ['a1-n2', 'merged'],
      ]);
      await store.notifications.markTold(await untold());
      expect(await untold()).toEqual([]);
    });

    test('the outbox is read newest first', async () => {
      const alarm = sampleAlarm('a1');
      await write(
        alarm,
        [1, 2, 3].map((n) => sampleNotification(alarm, n)),
      );
      expect(ids((await store.notifications.page(2)).items)).toEqual(['a1-n3', 'a1-n2']);
    });
  });
}
