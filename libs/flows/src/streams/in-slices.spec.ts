import { concat, from, tap, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { inSlices } from './in-slices.js';

/** Work of 2 ms a value, as a clock that the work moves; rests of 10 ms in the time of the marbles. */
function bench(sliceMs: number) {
  let worked = 0;
  let rests = 0;
  const work = tap<string>(() => (worked += 2));
  const slices = inSlices<string>({
    sliceMs,
    mono: () => worked,
    rest: () => {
      rests += 1;
      return timer(10);
    },
  });
  return { work, slices, rests: () => rests };
}
const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

test('replay: values go on at once until the slice is spent, and the next one after a rest', () => {
  marbles().run(({ expectObservable, flush }) => {
    const { work, slices, rests } = bench(4);
    expectObservable(from('abcde').pipe(slices, work)).toBe('(ab) 6ms (cd) 6ms (e|)');
    flush();
    expect(rests()).toBe(2);
  });
});

test('replay: what comes during a rest waits for its end and keeps its order', () => {
  marbles().run(({ cold, expectObservable }) => {
    const { work, slices } = bench(2);
    expectObservable(cold('abc|').pipe(slices, work)).toBe('a 9ms b 9ms c 9ms |');
  });
});

test('replay: one history in several streams shares the slice', () => {
  marbles().run(({ expectObservable, flush }) => {
    const { work, slices, rests } = bench(4);
    const chunk = (letters: string) => from(letters).pipe(slices, work);
    expectObservable(concat(chunk('a'), chunk('b'), chunk('c'))).toBe('(ab) 6ms (c|)');
    flush();
    expect(rests()).toBe(1);
  });
});

test('replay: an error passes', () => {
  marbles().run(({ cold, expectObservable }) => {
    const { work, slices } = bench(100);
    expectObservable(cold('a-#').pipe(slices, work)).toBe('a-#');
  });
});
