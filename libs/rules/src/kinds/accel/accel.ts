import type { AccelRule } from '@anlan/contracts';
import type { Detector } from '../../detector.js';
import { LONG_LADDER_KEYS } from '../../parse-ladder.js';
import type { Kind } from '../kind.js';
import { ACCEL_KEYS, parseAccel } from './parse-accel.js';
import { accelEvidence, sayAccel } from './say-accel.js';
import { ALONE, stepAccel } from './stage.js';
import { startAccel, type AccelState } from './state.js';

/**
 * Displacement that accelerates before a slope fails (AS 4.12, 4.13). Cost of a step: O(1), and one pass over the
 * window's cells when one begins or goes; three, and one over the kept velocities, while something moves.
 */
export const accel: Kind<'accel', AccelState> = {
  keys: [...LONG_LADDER_KEYS, ...ACCEL_KEYS],
  parse: parseAccel,
  detector: detectorOf,
  // The uniform rate, the angles and the terms of the forecast only judge: the memory serves the next version as well.
  shape: ({ windowMs, noiseMm, direction, learnMs }) => [windowMs, noiseMm, direction, learnMs],
  // Velocities begin within the first window.
  reach: ({ windowMs, learnMs }) => learnMs + 2 * windowMs,
};

function detectorOf(rule: AccelRule): Detector<AccelState> {
  return {
    unit: () => '级',
    start: startAccel,
    step: (state, input) => stepAccel(rule, state, input),
    ...(rule.redNeeds.startsWith('2points') && { confirm: { alone: ALONE, together: 4 } }),
    explain: (state, about) => sayAccel(rule, state, about),
    evidence: (state) => accelEvidence(rule, state),
    save: (state) => ({ ...state, closed: undefined }),
    load: (saved) => ({ ...(saved as AccelState), closed: null }),
  };
}
