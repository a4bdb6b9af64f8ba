import type { ThresholdRule } from '@anlan/contracts';
import { parseLadder } from './parse-ladder.js';
import type { Ground } from './rule-ground.js';
import { inside, oneOf, type Body, type Place } from './shape.js';

const SIDES = ['high', 'low', 'both'] as const;

export function parseThreshold(place: Place, body: Body, ground: Ground): ThresholdRule | undefined {
  const side = body['side'] === undefined ? 'high' : oneOf(inside(place, 'side'), body['side'], SIDES);
  // With a wrong side the ladder is read all the same, for its own faults.
  const ladder = parseLadder(place, body, ground, { side: side ?? 'high', deadband: 'ofSpan' });
  return side && ladder && { ...ground.common, kind: 'threshold', ...ladder };
}
