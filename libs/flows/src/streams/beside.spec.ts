import { delay, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beside } from './beside.js';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
function draftThat(breaksAt = '') {
  const seen: string[] = [];
  const broken: unknown[] = [];
  const draft = tap<string>((value) => {
    if (value === breaksAt) throw new Error(`broke at ${value}`);
    seen.push(value);
  });
  return { seen, broken, setup: { draft, onBroken: (error: unknown) => void broken.push(error) } };
}

test('shadow: the draft sees all that passes, from one subscription, and says nothing', () => {
  marbles().run(({ hot, expectObservable, expectSubscriptions, flush }) => {
    const source = hot('-a-b-c-|');
    const { seen, broken, setup } = draftThat();
    expectObservable(source.pipe(beside(setup))).toBe('-a-b-c-|');
    expectSubscriptions(source.subscriptions).toBe('^------!');
    flush();
    expect([seen, broken]).toEqual([['a', 'b', 'c'], []]);
  });
});

test('shadow: a draft that breaks is told once and sees no more; the live one misses nothing', () => {
  marbles().run(({ cold, expectObservable, flush }) => {
    const { seen, broken, setup } = draftThat('b');
    expectObservable(cold('a-b-c-|').pipe(beside(setup))).toBe('a-b-c-|');
    flush();
    expect([seen, broken]).toEqual([['a'], [new Error('broke at b')]]);
  });
});

test('shadow: the live one comes first', () => {
  marbles().run(({ cold, flush }) => {
    const order: string[] = [];
    const draft = tap<string>((value) => order.push(`draft ${value}`));
    const live = tap<string>((value) => order.push(`live ${value}`));
    cold('a-b|')
      .pipe(beside({ draft, onBroken: fail }), live)
      .subscribe();
    flush();
    expect(order).toEqual(['live a', 'draft a', 'live b', 'draft b']);
  });
});

test('shadow: a slow draft does not hold the live one back', () => {
  marbles().run(({ cold, expectObservable }) => {
    expectObservable(cold('a-b-|').pipe(beside({ draft: delay(20), onBroken: fail }))).toBe('a-b 19ms |');
  });
});

test('shadow: a failure of the source reaches the live one and is not told as one of the draft', () => {
  marbles().run(({ cold, expectObservable, flush }) => {
    const { seen, broken, setup } = draftThat();
    expectObservable(cold('a-#').pipe(beside(setup))).toBe('a-#');
    flush();
    expect([seen, broken]).toEqual([['a'], []]);
  });
});

function fail(error: unknown): void {
  throw error;
}
