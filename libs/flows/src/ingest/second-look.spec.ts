import { virtualClock } from '@anlan/adapter-memory';
import { silentLogger } from '@anlan/observability';
import { secondLook } from './second-look.js';

describe('a second look at the registry', () => {
  test('who comes while it is read shares the answer; for a second after that nobody asks', async () => {
    const clock = virtualClock(0);
    const answers: (() => void)[] = [];
    const look = secondLook({ clock, logger: silentLogger, refresh: () => new Promise((resolve) => answers.push(resolve)) });
    const both = [look(), look()];
    expect(answers).toHaveLength(1);
    answers[0]?.();
    expect(await Promise.all(both)).toEqual([true, true]);
    expect(await look()).toBe(false);
    await clock.advance(1_000);
    const next = look();
    answers[1]?.();
    expect(await next).toBe(true);
  });

  test('one that fails is no look, and the next second brings another', async () => {
    const clock = virtualClock(0);
    let fails = true;
    const refresh = async (): Promise<void> => {
      if (fails) throw new Error('away');
    };
    const look = secondLook({ clock, logger: silentLogger, refresh });
    expect(await Promise.all([look(), look()])).toEqual([false, false]);
    fails = false;
    expect(await look()).toBe(false);
    await clock.advance(1_000);
    expect(await look()).toBe(true);
  });
});
