import type { Activation, Verdict } from '@anlan/contracts';
import { createEngine, savedVersion, type Engine } from './engine.js';
import { digest, type Bench } from './testing/bench.js';
import { story } from './testing/story.js';

describe('determinism', () => {
  const activationsOf = (log: Bench['log']): readonly Activation[] => log.flatMap(({ activations }) => activations);
  /** A new engine from the saved entries of another, through JSON only. */
  function reborn(entries: ReadonlyMap<string, string>, activations: readonly Activation[]): Engine {
    const engine = createEngine({ partition: 0, digest });
    const upTo = savedVersion(entries);
    engine.restore(
      entries,
      activations.filter(({ version }) => version <= upTo),
    );
    return engine;
  }

  test.each([
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 5_000],
    [5, 20_000],
    [6, 60_000],
  ])('G2, R-09: a crash and restore after any record changes no id, no cause, no state (seed %i, window of %i ms)', (seed, reorderMs) => {
    const { log, verdicts } = story(seed, { reorderMs });
    expect(verdicts.length).toBeGreaterThan(30);
    const saved = new Map<string, string>();
    const again: Verdict[] = [];
    let engine = createEngine({ partition: 0, digest });
    const whole = createEngine({ partition: 0, digest });
    log.forEach(({ at, value, activations }, offset) => {
      const fresh = activations.filter(({ version }) => version > engine.version());
      again.push(...engine.step({ offset, at, value }, fresh));
      whole.step({ offset, at, value }, activations);
      const { put, drop } = engine.changes();
      for (const [key, text] of put) saved.set(key, text);
      for (const key of drop) saved.delete(key);
      engine = reborn(saved, activationsOf(log));
    });
    expect(again).toEqual(verdicts);
    expect([...saved].sort()).toEqual([...whole.changes().put].sort());
  });

  test('R-08 the same log judged twice gives the same verdicts, from a checkpoint anywhere too', () => {
    const { log, verdicts } = story(42);
    for (const stop of [5, 40, 77, 120]) {
      const first = createEngine({ partition: 0, digest });
      log.slice(0, stop).forEach(({ at, value, activations }, offset) => first.step({ offset, at, value }, activations));
      const { put } = first.changes();
      const second = reborn(put, activationsOf(log));
      const rest = log.slice(stop).flatMap(({ at, value, activations }, i) => second.step({ offset: stop + i, at, value }, activations));
      expect(rest).toEqual(verdicts.filter(({ cause }) => cause.offset >= stop));
    }
  });

  test.each([11, 12, 13])('R-15 a mad point changes no other point (seed %i)', (seed) => {
    const strip = (verdicts: readonly Verdict[]): string[] =>
      verdicts.filter(({ key }) => key.pointId !== 'mad').map(({ id, cause }) => `${id}@${cause.offset}`);
    expect(strip(story(seed).verdicts)).toEqual(strip(story(seed, { withMad: false }).verdicts));
  });
});
