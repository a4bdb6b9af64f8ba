import { pause } from '@anlan/ports';
import fc from 'fast-check';
import { virtualClock } from './virtual-clock.js';

describe('virtualClock', () => {
  test('stands still until it is moved', async () => {
    const clock = virtualClock(1_000);
    let ran = 0;
    clock.after(10, () => ran++);
    await clock.settle();
    expect([clock.now(), clock.mono(), ran]).toEqual([1_000, 0, 0]);
    await clock.advance(9);
    expect([clock.now(), ran]).toEqual([1_009, 0]);
    await clock.advance(1);
    expect([clock.now(), clock.mono(), ran, clock.pending()]).toEqual([1_010, 10, 1, 0]);
  });

  test('timers run in order of time, then of setting, for random timers, some cancelled', async () => {
    const timer = fc.record({ delay: fc.nat(50), cancel: fc.boolean() });
    const run = async (timers: readonly Readonly<{ delay: number; cancel: boolean }>[]): Promise<void> => {
      const clock = virtualClock(0);
      const ran: (readonly [number, number])[] = [];
      const cancels = timers.map(({ delay }, n) => clock.after(delay, () => ran.push([clock.now(), n])));
      timers.forEach(({ cancel }, n) => cancel && cancels[n]?.());
      expect(clock.pending()).toBe(timers.filter(({ cancel }) => !cancel).length);
      await clock.advance(50);
      const expected = timers
        .flatMap(({ delay, cancel }, n) => (cancel ? [] : [[delay, n] as const]))
        .sort(([a, n], [b, m]) => a - b || n - m);
      expect(ran).toEqual(expected);
    };
    await fc.assert(fc.asyncProperty(fc.array(timer, { maxLength: 40 }), run), { numRuns: 60 });
  });

  test('advance runs what follows from a timer at its own instant, chains of promises and new timers included', async () => {
    const clock = virtualClock(0);
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for (;;) {
        await pause(clock, 100);
        for (let i = 0; i < 50; i++) await Promise.resolve();
        seen.push(clock.now());
      }
    };
    void loop();
    await clock.advance(350);
    expect(seen).toEqual([100, 200, 300]);
    expect(clock.now()).toBe(350);
  });

  test('a timer may cancel another of the same instant, and itself to no effect', async () => {
    const clock = virtualClock(0);
    const ran: string[] = [];
    const first = clock.after(5, () => {
      ran.push('first');
      first();
      second();
    });
    const second = clock.after(5, () => ran.push('second'));
    await clock.advance(5);
    second();
    expect([ran, clock.pending()]).toEqual([['first'], 0]);
  });

  test('runUntil goes from timer to timer, and says when it never came true', async () => {
    const clock = virtualClock(0);
    let done = false;
    clock.after(7_000, () => (done = true));
    expect(await clock.runUntil(() => done)).toBe(true);
    expect(clock.now()).toBe(7_000);
    expect(await clock.runUntil(() => false)).toBe(false);
    clock.after(100, () => undefined);
    expect(await clock.runUntil(() => false, 50)).toBe(false);
    expect(clock.now()).toBe(7_000);
  });

  test('the wall clock may be stepped; timers and the monotonic clock keep their pace', async () => {
    const clock = virtualClock(1_000_000);
    let ran = false;
    clock.after(100, () => (ran = true));
    clock.jumpWall(-600_000);
    await clock.advance(99);
    expect([clock.now(), clock.mono(), ran]).toEqual([400_099, 99, false]);
    clock.jumpWall(3_600_000);
    await clock.advance(1);
    expect([clock.now(), clock.mono(), ran]).toEqual([4_000_100, 100, true]);
  });
});
