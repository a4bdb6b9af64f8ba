import type { HealthRule, LevelStep, Rule } from '@anlan/contracts';
import { shapeOf } from './kinds/kinds.js';
import type { Laddered } from './laddered.js';

/**
 * What an edit does to alarms that stand. `cosmetic`: nothing. `timing`: running delays keep their start. `threshold`: judged anew on the
 * next good sample. `structural`: another rule under the same name, so the old occurrence ends as removed.
 */
export type EditClass = 'cosmetic' | 'timing' | 'threshold' | 'structural';

/** Class of the gravest change between two versions of one rule. Scope and `enabled` are no edits of a state: they add or remove it. */
export function editClass(was: Rule, is: Rule): EditClass {
  if (was.kind !== is.kind) return 'structural';
  if (was.kind === 'health' || is.kind === 'health')
    return was.kind === 'health' && is.kind === 'health' ? healthEdit(was, is) : 'structural';
  return shapeOf(was) === shapeOf(is) ? ladderEdit(was, is) : 'structural';
}

function ladderEdit(was: Laddered, is: Laddered): EditClass {
  if (was.side !== is.side) return 'structural';
  if (limits(was) !== limits(is)) return 'threshold';
  return timings(was) === timings(is) ? 'cosmetic' : 'timing';
}

function healthEdit(was: HealthRule, is: HealthRule): EditClass {
  const parts = ({ stale, flatline, clockSkew }: HealthRule): string => JSON.stringify([stale, flatline, clockSkew]);
  return parts(was) === parts(is) ? 'cosmetic' : 'timing';
}

const limits = ({ levels }: Laddered): string =>
  JSON.stringify(levels.map(({ level, at, high, low, deadband }: LevelStep) => [level, at, high, low, deadband]));

const timings = ({ levels, quality, maxGapMs }: Laddered): string =>
  JSON.stringify([
    quality,
    maxGapMs,
    levels.map(({ onDelayMs, offDelayMs, onCount, offCount, latching }: LevelStep) => [onDelayMs, offDelayMs, onCount, offCount, latching]),
  ]);
