import type { BandSpec } from '@anlan/contracts';
import type { Ground } from '../../rule-ground.js';
import { asBody, collector, onlyKeys, say, type Body, type Place } from '../../shape.js';
import { parseBand } from './parse-band.js';

/** What is usual, for a rule of another kind: the id of a baseline rule, or its season written in place. */
export function parseBandRef(place: Place, given: unknown, ground: Ground): BandSpec | undefined {
  if (typeof given !== 'string') {
    const own = asBody(place, given);
    if (own) onlyKeys(place, own, ['season', 'calendar', 'zone', 'learn']);
    return own && parseBand(place, own, ground);
  }
  const other = ground.rules?.get(given);
  if (typeof other !== 'object' || other === null || (other as Body)['kind'] !== 'baseline')
    return say(place, 'ref_unknown', `names no baseline rule: ${given.slice(0, 80)}`);
  // Its faults are said at its own place.
  return parseBand(collector(place.path), other as Body, ground) ?? say(place, 'ref_unknown', 'names a baseline rule that cannot be read');
}
