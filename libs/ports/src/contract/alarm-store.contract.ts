import { isOpen, type Alarm, type AlarmEvent, type AlarmKey } from '@anlan/contracts';
import fc from 'fast-check';
import type { AlarmStore } from '../alarm-store.js';
import type { NotificationStore } from '../notification-store.js';
import { SAMPLE_AT as AT, born, sampleAlarm, sampleEvent, sampleNotification, sampleTimer } from './alarm-samples.js';

/** One alarm store under test, empty, with the outbox over the same rows. */
export type AlarmStoreHarness = Readonly<{
  alarms: AlarmStore;
  notifications: NotificationStore;
  /** Events as they stand, in order. */
  eventsOf(alarmId: string): Promise<readonly AlarmEvent[]>;
  dispose(): Promise<void>;
}>;

/** The promises of AlarmStore, for every store. */
export function alarmStoreContract(name: string, make: () => Promise<AlarmStoreHarness>): void {
  describe(`AlarmStore: ${name}`, () => {
    let store: AlarmStoreHarness;
    beforeEach(async () => {
      store = await make();
    });
    afterEach(() => store.dispose());
    const inTx: AlarmStore['transact'] = (work) => store.alarms.transact(work);
    const alarm = sampleAlarm('a1');

    test('what was written is read back, within the transaction and after it', async () => {
      const within = await inTx(async (tx) => {
        await tx.write(born(alarm));
        return [await tx.byId('a1'), await tx.openByKey(alarm.key), await tx.hasEvent('a1-e1'), (await tx.chainHead('a1')).seq];
      });
      expect(within).toEqual([alarm, alarm, true, 1]);
      expect(
        await inTx(async (tx) => [await tx.byId('a1'), await tx.byId('a2'), await tx.hasEvent('a1-e2'), await tx.chainHead('a2')]),
      ).toEqual([alarm, undefined, false, { seq: 0, hash: '' }]);
    });

    test('A1, I2: a second open alarm of a key is refused by the store itself; a retrospective or closed one is not', async () => {
      await inTx((tx) => tx.write(born(alarm)));
      const twin = sampleAlarm('a2', { key: alarm.key, n: 2 });
      await expect(inTx((tx) => tx.write(born(twin)))).rejects.toThrow();
      await inTx((tx) => tx.write(born(sampleAlarm('a3', { key: alarm.key, retrospective: true, process: 'normal' }))));
      await inTx((tx) =>
        tx.write({
          ...born({ ...alarm, version: 2, work: 'closed', process: 'normal', closedAt: AT + 9, updatedAt: AT + 9 }),
          created: false,
          events: [sampleEvent(alarm, 2)],
        }),
      );
      expect(await inTx((tx) => tx.openByKey(alarm.key))).toBeUndefined();
      await inTx((tx) => tx.write(born(twin)));
      expect(await inTx(async (tx) => [(await tx.openByKey(alarm.key))?.id, (await tx.lastClosedByKey(alarm.key))?.id])).toEqual([
        'a2',
        'a1',
      ]);
    });

    test('A2: a transaction that fails leaves nothing behind', async () => {
      const failing = inTx(async (tx) => {
        await tx.write(born(alarm, { notifications: [sampleNotification(alarm, 1)], timers: [sampleTimer(alarm, 'ack_due', AT)] }));
        await tx.setApplied({ partition: 0, offset: 7, index: 0 });
        await tx.saveCommandResult('a1', 'k', '{}');
        throw new Error('power cut');
      });
      await expect(failing).rejects.toThrow('power cut');
      const left = await inTx(async (tx) => [
        await tx.byId('a1'),
        await tx.hasEvent('a1-e1'),
        await tx.applied(0),
        await tx.commandResult('a1', 'k'),
      ]);
      expect(left).toEqual([undefined, false, undefined, undefined]);
      expect(await store.alarms.dueTimers(AT, 9)).toEqual([]);
      expect(await store.notifications.claim(AT + 99, AT + 999, 9)).toEqual([]);
    });

    test('A2: transactions at the same time do not mix', async () => {
      await inTx((tx) => tx.write(born(alarm)));
      const raise = () =>
        inTx(async (tx) => {
          const before = await tx.byId('a1');
          if (!before) throw new Error('gone');
          await Promise.resolve();
          const after: Alarm = { ...before, version: before.version + 1, cycles: before.cycles + 1 };
          await tx.write({ ...born(after), created: false, events: [sampleEvent(after, after.version)] });
        });
      await Promise.all(Array.from({ length: 20 }, raise));
      expect(await inTx((tx) => tx.byId('a1'))).toMatchObject({ version: 21, cycles: 20 });
      expect((await store.eventsOf('a1')).map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    });

    test('I9: events are numbered without gaps, and no event stands twice', async () => {
      await inTx((tx) => tx.write(born(alarm)));
      const again = { ...born(alarm), created: false };
      await expect(inTx((tx) => tx.write({ ...again, events: [sampleEvent(alarm, 3)] }))).rejects.toThrow();
      await expect(inTx((tx) => tx.write({ ...again, events: [sampleEvent(alarm, 1)] }))).rejects.toThrow();
      await expect(inTx((tx) => tx.write({ ...again, events: [sampleEvent(alarm, 2, { id: 'a1-e1' })] }))).rejects.toThrow();
      await inTx((tx) => tx.write({ ...again, events: [sampleEvent(alarm, 2), sampleEvent(alarm, 3)] }));
      expect((await store.eventsOf('a1')).map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(await store.eventsOf('a1')).toContainEqual(sampleEvent(alarm, 2));
    });

    test('an alarm is made once and changed only when it stands', async () => {
      await inTx((tx) => tx.write(born(alarm)));
      await expect(inTx((tx) => tx.write(born(alarm, { events: [] })))).rejects.toThrow();
      await expect(inTx((tx) => tx.write({ ...born(sampleAlarm('a9'), { events: [] }), created: false }))).rejects.toThrow();
    });

    test('I8: the first result of a command is the one that stays', async () => {
      await inTx((tx) => tx.saveCommandResult('a1', 'k1', '{"first":true}'));
      expect(
        await inTx(async (tx) => [
          await tx.commandResult('a1', 'k1'),
          await tx.commandResult('a1', 'k2'),
          await tx.commandResult('a2', 'k1'),
        ]),
      ).toEqual(['{"first":true}', undefined, undefined]);
    });

    test('how far verdicts have been applied is kept by partition', async () => {
      await inTx((tx) => tx.setApplied({ partition: 0, offset: 4, index: 2 }));
      await inTx((tx) => tx.setApplied({ partition: 1, offset: 1, index: 0 }));
      await inTx((tx) => tx.setApplied({ partition: 0, offset: 5, index: 0 }));
      expect(await inTx(async (tx) => [await tx.applied(0), await tx.applied(1), await tx.applied(2)])).toEqual([
        { partition: 0, offset: 5, index: 0 },
        { partition: 1, offset: 1, index: 0 },
        undefined,
      ]);
    });

    test('I7: timers replace those of their kind, come gravest first, and are dropped by their generation', async () => {
      const red = sampleAlarm('a2', { level: 'red' });
      await inTx(async (tx) => {
        await tx.write(born(alarm, { timers: [sampleTimer(alarm, 'ack_due', AT + 10), sampleTimer(alarm, 're_alarm', AT + 5)] }));
        await tx.write(born(red, { timers: [sampleTimer(red, 'ack_due', AT + 20)] }));
        await tx.write({
          ...born({ ...alarm, version: 2, generation: 2 }),
          created: false,
          events: [],
          timers: [{ ...sampleTimer(alarm, 'ack_due', AT + 15), generation: 2 }],
        });
      });
      const due = async (now: number) =>
        (await store.alarms.dueTimers(now, 10)).map(({ alarmId, kind, generation }) => `${alarmId} ${kind} ${generation}`);
      expect(await due(AT + 4)).toEqual([]);
      expect(await due(AT + 20)).toEqual(['a2 ack_due 1', 'a1 re_alarm 1', 'a1 ack_due 2']);
      expect(await store.alarms.dueTimers(AT + 20, 1)).toHaveLength(1);
      await inTx((tx) => tx.dropTimer(sampleTimer(alarm, 'ack_due', AT + 15)));
      expect(await due(AT + 20)).toContain('a1 ack_due 2');
      await inTx((tx) => tx.dropTimer({ ...sampleTimer(alarm, 'ack_due', AT), generation: 2 }));
      expect(await due(AT + 20)).toEqual(['a2 ack_due 1', 'a1 re_alarm 1']);
    });

    test('an event time is covered from the first breach to the end, live or retrospective', async () => {
      await inTx((tx) =>
        tx.write(born(sampleAlarm('a1', { retrospective: true, process: 'normal', firstBreachAt: AT + 10, endedAt: AT + 20 }))),
      );
      await inTx((tx) => tx.write(born(sampleAlarm('a2', { key: alarm.key, n: 2, firstBreachAt: AT + 40 }))));
      const covered = await inTx(async (tx) => {
        const found: boolean[] = [];
        for (const t of [9, 10, 20, 21, 39, 40, 9_999]) found.push(await tx.covers(alarm.key, AT + t));
        return [...found, await tx.covers({ ...alarm.key, kind: 'stale' }, AT + 15)];
      });
      expect(covered).toEqual([false, true, true, false, false, true, true, false]);
    });

    test('an acknowledgement cancels what waits at its level or below, never a recovery', async () => {
      const rows = [
        sampleNotification(alarm, 1, { level: 'red' }),
        sampleNotification(alarm, 2),
        sampleNotification(alarm, 3, { kind: 'recovery' }),
        sampleNotification(alarm, 4, { kind: 'ack_overdue', level: 'blue' }),
      ];
      await inTx((tx) => tx.write(born(alarm, { notifications: rows })));
      await inTx((tx) =>
        tx.write({ ...born(alarm), created: false, events: [], notifications: [sampleNotification(alarm, 2, { text: 'another' })] }),
      );
      expect(await inTx((tx) => tx.cancelDue('a1', 'orange'))).toBe(2);
      expect(await inTx((tx) => tx.cancelDue('a1', 'orange'))).toBe(0);
      expect((await store.notifications.claim(AT + 99, AT + 999, 9)).map(({ id, text }) => [id, text])).toEqual([
        ['a1-n1', rows[0]?.text],
        ['a1-n3', rows[2]?.text],
      ]);
    });

    test('open alarms are counted by level; closed and retrospective ones are not', async () => {
      await inTx(async (tx) => {
        await tx.write(born(sampleAlarm('a1', { level: 'red' })));
        await tx.write(born(sampleAlarm('a2', { level: 'red', process: 'normal' })));
        await tx.write(born(sampleAlarm('a3', { level: 'blue' })));
        await tx.write(born(sampleAlarm('a4', { level: 'blue', work: 'closed' })));
        await tx.write(born(sampleAlarm('a5', { level: 'yellow', retrospective: true })));
      });
      expect([...(await store.alarms.openByLevel())].sort()).toEqual([
        ['blue', 1],
        ['red', 2],
      ]);
    });

    test('property: never two open alarms of a key, whatever is written', async () => {
      const keys: readonly AlarmKey[] = ['p1', 'p2'].map((pointId) => ({ pointId, ruleId: 'r', kind: 'threshold' }));
      const write = fc.record({
        key: fc.constantFrom(...keys),
        work: fc.constantFrom('awaiting_confirmation', 'confirmed', 'closed', 'false_alarm'),
        retrospective: fc.boolean(),
        reuse: fc.boolean(),
      } as const);
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(write, { maxLength: 12 }), async (writes) => {
          run += 1;
          const model = new Map<string, Alarm>();
          for (const [index, { key, work, retrospective, reuse }] of writes.entries()) {
            const own = { ...key, ruleId: `r${run}` };
            const last = [...model.values()].filter((each) => each.key.pointId === key.pointId).at(-1);
            const next =
              reuse && last
                ? { ...last, version: last.version + 1, work }
                : sampleAlarm(`p${run}-${index}`, { key: own, work, retrospective });
            const clashes =
              isOpen(next) && [...model.values()].some((each) => each.id !== next.id && each.key.pointId === key.pointId && isOpen(each));
            const written = inTx((tx) => tx.write({ alarm: next, created: next.version === 1, events: [], notifications: [], timers: [] }));
            if (clashes) await expect(written).rejects.toThrow();
            else await written.then(() => model.set(next.id, next));
            const open = [...model.values()].find((each) => each.key.pointId === key.pointId && isOpen(each));
            expect(await inTx((tx) => tx.openByKey(own))).toEqual(open);
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}
