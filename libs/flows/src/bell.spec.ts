import { virtualClock } from '@anlan/adapter-memory';
import { bell } from './bell.js';

test('whoever waits goes on with the first ring, with the end of its patience, or when it is told to end', async () => {
  const clock = virtualClock(0);
  const it = bell(clock);
  const stop = new AbortController();
  const went: string[] = [];
  const wait = (name: string, ms: number) => void it.wait(it.rings(), ms, stop.signal).then(() => went.push(name));
  wait('patience', 100);
  await clock.advance(99);
  expect(went).toEqual([]);
  await clock.advance(1);
  wait('one', 1_000);
  wait('two', 1_000);
  it.ring();
  await clock.advance(0);
  wait('last', 1_000);
  await clock.advance(0);
  expect(went).toEqual(['patience', 'one', 'two']);
  stop.abort();
  await clock.advance(0);
  wait('too late', 1_000);
  await clock.advance(0);
  expect(went).toEqual(['patience', 'one', 'two', 'last', 'too late']);
});

test('a ring between looking and waiting is not missed', async () => {
  const clock = virtualClock(0);
  const it = bell(clock);
  const heard = it.rings();
  it.ring();
  await it.wait(heard, 1_000, new AbortController().signal);
  expect(clock.now()).toBe(0);
});
