import { sequenceFaults } from './testing/sequence.js';
import { story } from './testing/story.js';

const seeds = Array.from({ length: 100 }, (_, i) => 1_000 + i);

describe('sequence of a live key', () => {
  test.each([0, 3_000, 20_000, 60_000])(
    'no id twice, no time that falls, active before recovering, normal ends (window of %i ms)',
    (reorderMs) => {
      const faults = seeds.flatMap((seed) => sequenceFaults(story(seed, { reorderMs }).verdicts).map((fault) => `seed ${seed}: ${fault}`));
      expect(faults).toEqual([]);
    },
  );
});
