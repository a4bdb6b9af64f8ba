import { setTimeout as wait } from 'node:timers/promises';
import { RecordsUnavailable } from '@anlan/ports';
import { boundedTurns } from './in-turn.js';

describe('turns with bounds', () => {
  test('one at a time, in the order of the calls; a failure ends its own turn only', async () => {
    const turn = boundedTurns();
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await wait(1);
      order.push(`${name} ends`);
      if (name === 'b') throw new Error('b');
    };
    const outcomes = await Promise.allSettled([turn(work('a')), turn(work('b')), turn(work('c'))]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('who waits for itself is refused, and those after it go on', async () => {
    const turn = boundedTurns(20);
    let ran = false;
    await expect(turn(() => turn(async () => (ran = true)))).rejects.toThrow(RecordsUnavailable);
    expect(await turn(async () => 'on')).toBe('on');
    expect(ran).toBe(false);
  });

  test('who has waited too long is refused while the one before still works', async () => {
    const turn = boundedTurns(20);
    let finish: () => void = () => undefined;
    const first = turn(() => new Promise<string>((resolve) => (finish = () => resolve('done'))));
    await expect(turn(async () => 'late')).rejects.toThrow('waited too long');
    finish();
    expect(await first).toBe('done');
  });

  test('a work that takes longer than others may wait is not ended', async () => {
    const turn = boundedTurns(10);
    const done = turn(async () => {
      await wait(40);
      return 1;
    });
    expect(await done).toBe(1);
  });

  test('beyond two thousand, those that come are refused at once', async () => {
    const turn = boundedTurns();
    let finish: () => void = () => undefined;
    const held = turn(() => new Promise<void>((resolve) => (finish = resolve)));
    const others = Array.from({ length: 2_000 }, () => turn(async () => undefined));
    await expect(turn(async () => undefined)).rejects.toThrow('too many wait');
    finish();
    await Promise.all([held, ...others]);
  });
});
