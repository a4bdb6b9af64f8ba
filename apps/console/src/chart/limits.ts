import { ALARM_LEVELS, rankOf, type AlarmLevel, type EntityJson } from '@anlan/contracts';

/** A line on the chart: at or beyond `at` on `side` the level is reached; back over `reset` it is left. */
export type Limit = Readonly<{ level: AlarmLevel; side: 'high' | 'low'; at: number; reset: number | null }>;

const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** Limits of a rule in the words of the bundle, mildest first. Limits that are references or of other rule kinds are left out, not guessed. */
export function limitsOf(rule: EntityJson | undefined): readonly Limit[] {
  const levels: unknown = rule?.['levels'];
  if (rule === undefined || !Array.isArray(levels)) return [];
  const side = rule['side'] === 'low' ? 'low' : 'high';
  return (levels as readonly unknown[]).flatMap((step) => limitsOfStep(step, side)).sort((a, b) => rankOf(a.level) - rankOf(b.level));
}

function limitsOfStep(step: unknown, side: Limit['side']): readonly Limit[] {
  if (typeof step !== 'object' || step === null) return [];
  const fields = step as Readonly<Record<string, unknown>>;
  const level = ALARM_LEVELS.find((known) => known === fields['level']);
  if (level === undefined) return [];
  const deadband = numberOf(fields['deadband']);
  const one = (value: unknown, on: Limit['side']): readonly Limit[] => {
    const at = numberOf(value);
    if (at === null) return [];
    return [{ level, side: on, at, reset: deadband === null ? null : on === 'high' ? at - deadband : at + deadband }];
  };
  return [...one(fields['at'], side), ...one(fields['high'], 'high'), ...one(fields['low'], 'low')];
}

/** The range the chart shows: all data, and the next limit on each side of them, with a little air. */
export function rangeFor(values: Iterable<number>, limits: readonly Limit[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (low > high)
    [low, high] = limits.length > 0 ? [Math.min(...limits.map(({ at }) => at)), Math.max(...limits.map(({ at }) => at))] : [0, 1];
  const above = limits.filter(({ at }) => at > high).map(({ at }) => at);
  const below = limits.filter(({ at }) => at < low).map(({ at }) => at);
  const top = above.length > 0 ? Math.min(...above) : high;
  const bottom = below.length > 0 ? Math.max(...below) : low;
  const air = (top - bottom || Math.abs(top) || 1) * 0.08;
  return [bottom - air, top + air];
}
