import { virtualClock } from '@anlan/adapter-memory';
import { waitBy } from './wait.js';

test('a wait ends by the clock that is given, and is cancelled by whoever leaves', async () => {
  const clock = virtualClock(0);
  const ended: number[] = [];
  const wait = waitBy(clock);
  wait(5).subscribe({ complete: () => ended.push(clock.now()) });
  wait(7)
    .subscribe({ complete: () => ended.push(clock.now()) })
    .unsubscribe();
  await clock.advance(20);
  expect(ended).toEqual([5]);
});
