import { concat, EMPTY, throwError, timer, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { turns, type TurnsSetup } from './turns.js';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
/** Turns of 3 ms that end as `plan` says, one letter a turn: `.` well, `x` failing, `!` fatal; over after the last. */
function run(scheduler: TestScheduler, plan: string, more: Partial<TurnsSetup> = {}) {
  const told: string[] = [];
  let turn = 0;
  const begun: number[] = [];
  const pull = (): Observable<unknown> => {
    begun.push(scheduler.now());
    const how = plan[turn];
    turn += 1;
    return concat(timer(3), how === '.' ? EMPTY : throwError(() => how));
  };
  const stream = turns({
    pull,
    isOver: () => turn >= plan.length,
    onFailure: (error) => told.push(`${String(error)}${scheduler.now()}`),
    isFatal: (error) => error === '!',
    wait: (ms) => timer(ms),
    retry: { firstMs: 10, lastMs: 25 },
    ...more,
  });
  return { stream, begun, told };
}

test('pump: one turn at a time, the next begins when the last has ended', () => {
  const scheduler = marbles();
  scheduler.run(({ expectObservable, flush }) => {
    const { stream, begun } = run(scheduler, '...');
    expectObservable(stream).toBe('9ms |');
    flush();
    expect(begun).toEqual([0, 3, 6]);
  });
});

test('pump: a failing turn is told and tried again after a pause that doubles to its limit, and is short again after a success', () => {
  const scheduler = marbles();
  scheduler.run(({ expectObservable, flush }) => {
    const { stream, begun, told } = run(scheduler, 'xxx.x.');
    expectObservable(stream).toBe('83ms |');
    flush();
    expect(begun).toEqual([0, 13, 36, 64, 67, 80]);
    expect(told).toEqual(['x3', 'x16', 'x39', 'x70']);
  });
});

test('pump: a fatal error ends it at once and is not told as a failure', () => {
  const scheduler = marbles();
  scheduler.run(({ expectObservable, flush }) => {
    const { stream, told } = run(scheduler, '.!.');
    expectObservable(stream).toBe('6ms #', undefined, '!');
    flush();
    expect(told).toEqual([]);
  });
});

test('pump: when it is over, the turn in hand is finished and a failure of it is not told', () => {
  const scheduler = marbles();
  scheduler.run(({ expectObservable, flush }) => {
    let isOver = false;
    timer(4).subscribe(() => (isOver = true));
    const { stream, begun, told } = run(scheduler, '.xxx', { isOver: () => isOver, wait: () => EMPTY });
    expectObservable(stream).toBe('6ms |');
    flush();
    expect([begun, told]).toEqual([[0, 3], []]);
  });
});
