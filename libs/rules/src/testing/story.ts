import type { LevelStep } from '@anlan/contracts';
import { bench, levelOf, pointOf, ruleOf, S, type Bench, type Sent } from './bench.js';

/** Pseudo-random numbers of a seed, for stories that can be told again. */
export function chance(seed: number): () => number {
  let x = seed * 2_654_435_761 + 1;
  return () => {
    x = (Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return x / 2 ** 32;
  };
}
export const pick = <X>(next: () => number, list: readonly X[]): X => list[Math.floor(next() * list.length)] as X;

/** A day of trouble: late, old, mad, bad, repeated and shuffled readings, silence, outages, edits. `reorderMs`: the window of all points but `p`. */
export function story(seed: number, { withMad = true, reorderMs = 0 }: Readonly<{ withMad?: boolean; reorderMs?: number }> = {}): Bench {
  const next = chance(seed);
  const points = [
    pointOf('p'),
    pointOf('q', { reorderMs: reorderMs || 20 * S }),
    pointOf('old', { reorderMs, liveHorizonMs: 30 * S }),
    pointOf('mad', { reorderMs }),
  ];
  const scope = { pointIds: points.map(({ pointId }) => pointId) };
  const levels = (shift: number): LevelStep[] => [
    levelOf('blue', 1 + shift, { onCount: 2, deadband: 0.3 }),
    levelOf('orange', 2 + shift, { onDelayMs: 12 * S, offDelayMs: 7 * S }),
    levelOf('red', 3 + shift, { offCount: 2 }),
  ];
  const slowRed = [levelOf('yellow', 1.5), levelOf('red', 3, { onDelayMs: 6 * S, onCount: 2, offDelayMs: 4 * S })];
  const day = bench(points, [
    ruleOf(levels(0), { scope }),
    ruleOf(levels(0.5), { id: 'r2', scope, quality: 'hold', maxGapMs: 40 * S }),
    ruleOf(slowRed, { id: 'r3', scope, quality: 'reset' }),
  ]);
  let at = 1;
  for (let i = 0; i < 160; i += 1) {
    at += pick(next, [0.5, 1, 3, 10, 10, 45]);
    const draw = next();
    if (draw < 0.1) day.tick(at);
    else if (draw < 0.13) day.up(at);
    else if (draw < 0.16)
      day.activate(at, { rules: [ruleOf(levels(pick(next, [0, 0.2])), { version: i + 2, scope, enabled: next() > 0.2 })] });
    else {
      const sent = Array.from({ length: pick(next, [1, 1, 3]) }, (): Sent => ({
        pointId: pick(next, ['p', 'q', 'old']),
        t: at - pick(next, [0, 0, 2, 15, 50, 1_200]),
        v: Math.floor(next() * 16) / 4,
        q: pick(next, ['good', 'good', 'good', 'uncertain', 'bad'] as const),
      }));
      const mad: Sent = { pointId: 'mad', t: at + pick(next, [-1e9, 59, 0]), v: next() * 1e9 * pick(next, [-1, 1]), q: 'good' };
      day.send(at, ...sent, ...(withMad ? [mad] : []));
    }
  }
  day.tick(at + 1_000);
  return day;
}
