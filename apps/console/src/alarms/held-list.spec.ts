/** @jest-environment node */
import fc from 'fast-check';
import { ALARM_LEVELS, type AlarmJson } from '@anlan/contracts';
import { alarmFixture } from '../sheet/fixtures.js';
import { QUIET_MS, heldList } from './held-list.js';

const many = (n: number, change: Partial<AlarmJson> = {}): AlarmJson[] =>
  Array.from({ length: n }, (_, i) =>
    alarmFixture({ id: `a${String(i).padStart(3, '0')}`, level: 'blue', raisedAt: new Date(1e12 - i * 1_000).toISOString(), ...change }),
  );

describe('heldList', () => {
  test('B1: while used, rows keep their places, new ones wait and are counted by level', () => {
    const list = heldList();
    const old = many(50);
    list.offer(old, 0);
    const before = list.get().order;
    list.touch(10_000);
    const grown = [
      ...old.map((alarm) => ({ ...alarm, level: 'yellow' as const, version: 3 })),
      alarmFixture({ id: 'r', level: 'red' }),
      alarmFixture({ id: 'o' }),
    ];
    list.offer(grown, 10_000 + QUIET_MS - 1);
    expect(list.get().order).toBe(before);
    expect(list.get()).toMatchObject({ waitingTotal: 2, waiting: { red: 1, orange: 1, yellow: 0, blue: 0 } });
    list.settleIfFree(10_000 + QUIET_MS - 1);
    expect(list.get().order).toBe(before);
    list.settleIfFree(10_000 + QUIET_MS);
    expect(list.get().order.slice(0, 2)).toEqual(['r', 'o']);
    expect(list.get().waitingTotal).toBe(0);
    expect(list.get().fresh).toEqual(new Set(['r', 'o']));
  });
  test('B1: a row that closed stays until the list settles', () => {
    const list = heldList();
    list.offer(many(3), 0);
    list.touch(100);
    list.offer(many(3).slice(1), 200);
    expect(list.get().order).toHaveLength(3);
    list.settle();
    expect(list.get().order).toHaveLength(2);
  });
  test.each([
    ['pressed', { pressed: true }],
    ['a dialog is open', { dialogOpen: true }],
    ['scrolled away from the top', { atTop: false }],
  ] as const)('B2: held while %s', (_name, hold) => {
    const list = heldList();
    list.offer(many(5), 0);
    list.hold(hold);
    list.offer([...many(5), alarmFixture({ id: 'r', level: 'red' })], 1e9);
    expect(list.get().order).toHaveLength(5);
    expect(list.get().waitingTotal).toBe(1);
  });
  test('B2: a resting pointer holds only what would move the row under it', () => {
    const list = heldList();
    const old = many(5);
    list.offer(old, 0);
    list.hold({ over: 'a002' });
    const older = alarmFixture({ id: 'z', level: 'blue', raisedAt: new Date(0).toISOString() });
    list.offer([...old, older], 1e9);
    expect(list.get().order.at(-1)).toBe('z');
    list.offer([...old, older, alarmFixture({ id: 'r', level: 'red' })], 1e9);
    expect(list.get().order[2]).toBe('a002');
    expect(list.get().waitingTotal).toBe(1);
    list.hold({ over: null });
    list.settleIfFree(1e9);
    expect(list.get().order[0]).toBe('r');
  });
  test('B3: whatever happened, settling gives each wanted alarm once, graver standing ones first', () => {
    const alarm = fc.record({
      id: fc.integer({ min: 0, max: 30 }).map(String),
      level: fc.constantFrom(...ALARM_LEVELS),
      ack: fc.constantFrom('acked' as const, 'unacked' as const),
      process: fc.constantFrom('active' as const, 'normal' as const),
    });
    const step = fc.oneof(
      fc.uniqueArray(alarm, { selector: ({ id }) => id }).map((set) => ({ do: 'offer' as const, set })),
      fc.boolean().map((atTop) => ({ do: 'hold' as const, atTop })),
      fc.constant({ do: 'settle' as const }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const list = heldList();
        let wanted: AlarmJson[] = [];
        steps.forEach((one, now) => {
          if (one.do === 'offer') list.offer((wanted = one.set.map((change) => alarmFixture(change))), now * 10_000);
          else if (one.do === 'hold') list.hold({ atTop: one.atTop });
          else list.settle();
          expect(new Set(list.get().order).size).toBe(list.get().order.length);
        });
        list.settle();
        expect([...list.get().order].sort()).toEqual(wanted.map(({ id }) => id).sort());
        expect(list.get().waitingTotal).toBe(0);
      }),
    );
  });
});
