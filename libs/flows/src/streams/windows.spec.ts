import { map, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { windows, type WindowsSetup } from './windows.js';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const VALUES = { a: 'a1', b: 'b1', A: 'a2', B: 'b2' };
/** Windows of 5 ms by the first letter, each said as one text after 1 ms of work. */
const looked = (more: Partial<WindowsSetup<string, string, string>> = {}) =>
  windows<string, string, string>({
    everyMs: 5,
    keyOf: (value) => value.slice(0, 1),
    wait: (ms) => timer(ms),
    work: (newest) => timer(1).pipe(map(() => [...newest.values()].join(' '))),
    ...more,
  });
const slow = (newest: ReadonlyMap<string, string>) => timer(10).pipe(map(() => [...newest.values()].join(' ')));

test('windows: the newest value of each key, once the window that the first one opened has closed; silence opens none', () => {
  marbles().run(({ hot, expectObservable }) => {
    expectObservable(hot('-abA---------B-------', VALUES).pipe(looked())).toBe('-------x-----------y-', { x: 'a2 b1', y: 'b2' });
  });
});

test('windows: a slow worker makes them longer, never two at once and never more than one waiting', () => {
  marbles().run(({ hot, expectObservable }) => {
    const source = hot('a------bAB-A', VALUES);
    // Closes at 5, worked on to 15; what came meanwhile is one window that closes at 20, worked on to 30.
    expectObservable(source.pipe(looked({ work: slow }))).toBe('15ms x 14ms y', { x: 'a1', y: 'b2 a2' });
  });
});

test('windows: what is held when the source ends still gets its window', () => {
  marbles().run(({ hot, expectObservable }) => {
    expectObservable(hot('a-|', VALUES).pipe(looked())).toBe('------(x|)', { x: 'a1' });
    expectObservable(hot('a-------|', VALUES).pipe(looked())).toBe('------x-|', { x: 'a1' });
  });
});

test('windows: an error of the source or of the work passes', () => {
  marbles().run(({ hot, expectObservable }) => {
    expectObservable(hot('a-#', VALUES).pipe(looked())).toBe('--#');
    expectObservable(hot('a--', VALUES).pipe(looked({ work: () => throwError(() => 'error') }))).toBe('-----#');
  });
});

test('windows: whoever leaves cancels the wait', () => {
  marbles().run(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const waiting = cold('----------|');
    expectObservable(hot('-a-----', VALUES).pipe(looked({ wait: () => waiting })), '^---!').toBe('-');
    expectSubscriptions(waiting.subscriptions).toBe('-^--!');
  });
});
