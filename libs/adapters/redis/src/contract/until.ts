import { setTimeout as wait } from 'node:timers/promises';

/** Waits until `is`, at most `withinMs`; the milliseconds it took. */
export async function until(is: () => boolean | Promise<boolean>, withinMs: number): Promise<number> {
  const began = performance.now();
  while (!(await is())) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms`);
    await wait(20);
  }
  return performance.now() - began;
}
