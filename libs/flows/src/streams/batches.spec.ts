import { NEVER, map, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { batches } from './batches.js';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const gathered = (most = 3) => batches<string>({ most, everyMs: 5, wait: (ms) => timer(ms) });
const joined = map((batch: readonly string[]) => batch.join(''));
const out = { 1: 'abc', 2: 'd', 3: 'ab', 4: 'c', 5: 'de' };

test('batching: a batch goes out when it is full', () => {
  marbles().run(({ hot, expectObservable }) => {
    expectObservable(hot('-abc------d-|').pipe(gathered(), joined)).toBe('---1--------(2|)', out);
  });
});

test('batching: or when its first value has waited long enough; silence gives nothing', () => {
  marbles().run(({ hot, expectObservable }) => {
    expectObservable(hot('-a--b--c-----------d|').pipe(gathered(), joined)).toBe('------3-----4-------(2|)', out);
  });
});

test('batching: the wait begins anew with the first value after a full batch', () => {
  marbles().run(({ hot, expectObservable }) => {
    expectObservable(hot('a-bc------|').pipe(gathered(2), joined)).toBe('--3-----4-|', { 3: 'ab', 4: 'c' });
  });
});

test('batching: what is held at the end goes out, at an error it does not', () => {
  marbles().run(({ hot, expectObservable }) => {
    expectObservable(hot('-de|').pipe(gathered(), joined)).toBe('---(5|)', out);
    expectObservable(hot('-de#').pipe(gathered(), joined)).toBe('---#');
  });
});

test('batching: whoever leaves cancels the wait', () => {
  marbles().run(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const waiting = cold('----------|');
    const stream = hot('-a-------').pipe(batches({ most: 9, everyMs: 10, wait: () => waiting }));
    expectObservable(stream, '^---!').toBe('-');
    expectSubscriptions(waiting.subscriptions).toBe('-^--!');
  });
});

test('batching: a flood makes full batches only, however long the wait', () => {
  marbles().run(({ cold, expectObservable }) => {
    const stream = cold('(abcdefgh)').pipe(batches({ most: 4, everyMs: 1_000, wait: () => NEVER }), joined);
    expectObservable(stream).toBe('(xy)', { x: 'abcd', y: 'efgh' });
  });
});
