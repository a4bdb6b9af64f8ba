/**
 * A small lasting change of level: AS 4.6.
 *
 * Cost of a reading: O(1); for `range` 33 blocks, with a median window the sort of at most 128 values, once a window each.
 */
import type { ShiftRule } from '@anlan/contracts';
import type { Detector } from '../../detector.js';
import { newGathering, type Gathering } from '../../estimate/clock-window.js';
import type { Kind } from '../kind.js';
import type { CusumMemory } from './cusum-memory.js';
import { cusumMethod } from './cusum-method.js';
import type { Method } from './method.js';
import { parseShift, SHIFT_KEYS } from './parse-shift.js';
import type { RangeMemory } from './range-memory.js';
import { rangeMethod } from './range-method.js';
import { sampleOf } from './sample.js';

/** Mutable and plain. `begun`: the first reading since the method began to listen. */
export type ShiftState = { begun: number | null; gathering: Gathering; memory: CusumMemory | RangeMemory };
/** A learning stretch is over when a reading beyond it has come, and windows of the clock begin late. */
const MORE = 1.25;
type AnyMethod = Method<CusumMemory | RangeMemory>;

export const shift: Kind<'shift', ShiftState> = {
  keys: SHIFT_KEYS,
  parse: parseShift,
  detector: detectorOf,
  shape: (rule) => ({
    method: shapeOfMethod(rule),
    direction: rule.direction,
    season: rule.season,
    window: rule.window,
    learnMs: rule.learnMs,
  }),
  reach: ({ learnMs }) => MORE * learnMs,
};

/** A wider margin is another limit; another slack is another sum. */
function shapeOfMethod(rule: ShiftRule): readonly unknown[] {
  return rule.method === 'cusum' ? [rule.method, rule.k, rule.h, rule.targetAlarmsPerMonth] : [rule.method];
}

function detectorOf(rule: ShiftRule): Detector<ShiftState> {
  // Each method is given its own memory only: both come from this one rule.
  const method = (rule.method === 'cusum' ? cusumMethod(rule) : rangeMethod(rule)) as AnyMethod;
  const start = (): ShiftState => ({ begun: null, gathering: newGathering(), memory: method.start() });
  return {
    unit: () => '×',
    start,
    step(state, input) {
      // What was learned before a silence as long as the learning stretch is nobody's usual any more.
      if (state.begun !== null && input.gapMs > rule.learnMs) Object.assign(state, start());
      state.begun ??= input.t;
      const sample = sampleOf(rule, state.gathering, input);
      return sample && method.step(state.memory, sample, state.begun);
    },
    explain: ({ memory }, about) => method.explain(memory, about),
    evidence: ({ memory }, about) => method.evidence(memory, about),
    save: (state) => state,
    load: (saved) => saved as ShiftState,
  };
}
