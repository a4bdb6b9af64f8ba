/** @jest-environment node */
import { alarmFixture } from '../sheet/fixtures.js';
import { BATCH_MS, MOST_KEPT, alarmStore } from './alarm-store.js';

function stage() {
  const due: { work: () => void; ms: number }[] = [];
  const store = alarmStore((work, ms) => due.push({ work, ms }));
  let told = 0;
  store.subscribe(() => {
    told += 1;
  });
  return { store, due, told: () => told, run: () => due.splice(0).forEach(({ work }) => work()) };
}

describe('alarmStore', () => {
  test('C1: many changes are one showing, after the batch time', () => {
    const { store, due, told, run } = stage();
    for (let i = 0; i < 500; i += 1) store.offer([alarmFixture({ id: `a${i}`, level: 'blue' })]);
    expect(told()).toBe(0);
    expect(due.map(({ ms }) => ms)).toEqual([BATCH_MS]);
    run();
    expect(told()).toBe(1);
    expect(store.get().byId.size).toBe(500);
  });
  test('C1: an unacknowledged red does not wait', () => {
    const { store, told } = stage();
    store.offer([alarmFixture({ id: 'b', level: 'blue' })]);
    store.offer([alarmFixture({ id: 'r', level: 'red' })]);
    expect(told()).toBe(1);
    expect([...store.get().byId.keys()]).toEqual(['b', 'r']);
  });
  test('C1: a thousand reds are two showings, the first at once', () => {
    const { store, told, run } = stage();
    for (let i = 0; i < 1_000; i += 1) store.offer([alarmFixture({ id: `r${i}`, level: 'red' })]);
    expect(told()).toBe(1);
    run();
    expect(told()).toBe(2);
    expect(store.get().byId.size).toBe(1_000);
  });
  test('C2: an older version never replaces a newer one, in one batch or over two', () => {
    const { store, run } = stage();
    store.offer([alarmFixture({ version: 5, level: 'yellow' }), alarmFixture({ version: 4, level: 'blue' })]);
    run();
    store.offer([alarmFixture({ version: 3, level: 'blue' })]);
    run();
    expect(store.get().byId.get('alarm-1')?.level).toBe('yellow');
  });
  test('C3: beyond the limit blue and yellow are counted, orange and red kept', () => {
    const { store, run } = stage();
    store.offer(Array.from({ length: MOST_KEPT }, (_, i) => alarmFixture({ id: `a${i}`, level: 'blue' })));
    run();
    store.offer([alarmFixture({ id: 'more', level: 'yellow' }), alarmFixture({ id: 'grave', level: 'orange' })]);
    run();
    const { byId, left } = store.get();
    expect(byId.size).toBeLessThanOrEqual(MOST_KEPT);
    expect(byId.has('grave')).toBe(true);
    expect(byId.has('more')).toBe(false);
    expect(left).toBe(1);
  });
  test('a full list removes what is open no more, but not what is newer than the question', () => {
    const { store, run } = stage();
    const at = (ms: number): string => new Date(ms).toISOString();
    store.offer([
      alarmFixture({ id: 'gone', updatedAt: at(1_000) }),
      alarmFixture({ id: 'new', updatedAt: at(9_000) }),
      alarmFixture({ id: 'done', work: 'closed', updatedAt: at(1_000) }),
    ]);
    run();
    store.replaceOpen([alarmFixture({ id: 'there' })], 5_000);
    expect([...store.get().byId.keys()].sort()).toEqual(['done', 'new', 'there']);
    expect(store.get().loaded).toBe(true);
  });
});
