import { RATE_DIRECTIONS, RATE_ESTIMATORS, type Millis, type RateEstimator, type RateRule } from '@anlan/contracts';
import { parseLadder } from '../../parse-ladder.js';
import { intervalOf, type Ground } from '../../rule-ground.js';
import { finite, inside, longPeriod, oneOf, period, say, type Body, type Place } from '../../shape.js';

export const RATE_KEYS = [
  'estimator',
  'window',
  'perUnit',
  'direction',
  'minSignal',
  'minCoverage',
  'smooth',
  'learn',
  'significance',
] as const;

/** A window holds at least so many intervals, else the estimator begins anew all the time. */
const LEAST_INTERVALS = { dualEwma: 6, ols: 5, theilSen: 5, difference: 1 } satisfies Record<RateEstimator, number>;
const COVERAGE = { dualEwma: 0.7, ols: 0.7, theilSen: 0.7, difference: 0 } satisfies Record<RateEstimator, number>;
const SIGNAL = { dualEwma: 3, ols: 3, theilSen: 3, difference: 0 } satisfies Record<RateEstimator, number>;
/** `learn` where it is not said. */
const LEARN_WINDOWS = 50;

export function parseRate(place: Place, body: Body, ground: Ground): RateRule | undefined {
  const estimator = body['estimator'] === undefined ? 'dualEwma' : oneOf(inside(place, 'estimator'), body['estimator'], RATE_ESTIMATORS);
  const direction = body['direction'] === undefined ? 'both' : oneOf(inside(place, 'direction'), body['direction'], RATE_DIRECTIONS);
  const x = intervalOf(ground.points);
  const windowMs = longPeriod(inside(place, 'window'), body['window'], x);
  const ladder = parseLadder(place, body, ground, { side: 'high' });
  if (!estimator || !windowMs) return undefined;
  if (windowMs < LEAST_INTERVALS[estimator] * x)
    say(inside(place, 'window'), 'window_short', `must hold at least ${LEAST_INTERVALS[estimator]} intervals of the point`);
  const base = parsePer(place, body['perUnit'], { windowMs, estimator, ground });
  const minSignal = parseSignal(inside(place, 'minSignal'), body['minSignal'], SIGNAL[estimator]);
  const smoothMs = only(place, body, 'smooth', estimator === 'difference') ? period(inside(place, 'smooth'), body['smooth'], x) : undefined;
  if (smoothMs !== undefined && (smoothMs <= 0 || smoothMs > windowMs / 2))
    say(inside(place, 'smooth'), 'duration_range', 'must be longer than 0 and at most half the window');
  const learnMs = only(place, body, 'learn', estimator === 'difference') ? longPeriod(inside(place, 'learn'), body['learn'], x) : undefined;
  const significance = only(place, body, 'significance', estimator === 'ols')
    ? share(inside(place, 'significance'), body['significance'], { most: 0.5 })
    : undefined;
  const minCoverage =
    body['minCoverage'] === undefined ? COVERAGE[estimator] : share(inside(place, 'minCoverage'), body['minCoverage'], { most: 1 });
  if (!direction || !ladder || !base || !minSignal || minCoverage === undefined) return undefined;
  return {
    ...ground.common,
    ...ladder,
    kind: 'rate',
    estimator,
    direction,
    windowMs,
    ...base,
    minSignal,
    minCoverage,
    learnMs: learnMs ?? LEARN_WINDOWS * windowMs,
    ...(smoothMs !== undefined && { smoothMs }),
    ...(significance !== undefined && { significance }),
  };
}

/** Is an optional key given; says it when the estimator has no use for it. */
function only(place: Place, body: Body, key: string, isUsed: boolean): boolean {
  if (body[key] === undefined) return false;
  if (!isUsed) say(inside(place, key), 'key_unused', 'is not used by this estimator');
  return isUsed;
}

function share(place: Place, value: unknown, { most }: Readonly<{ most: number }>): number | undefined {
  const found = finite(place, value);
  if (found === undefined || (found >= 0 && found <= most)) return found;
  return say(place, 'number', `must be from 0 to ${most}`);
}

function parseSignal(place: Place, value: unknown, absent: number): RateRule['minSignal'] | undefined {
  if (value === undefined) return { sd: absent };
  const parts = typeof value === 'string' && value.length <= 20 ? /^(\d+(?:\.\d+)?)\s*sd$/.exec(value) : null;
  if (parts) return { sd: Number(parts[1]) };
  if (typeof value === 'number' && value >= 0 && value <= 1e15) return { change: value };
  return say(place, 'signal', 'must be a text like "3sd" or the least change over the window as a number');
}

type Base = Readonly<{ perMs: Millis; perUnit: string }>;

/** `kPa/min`, `m/7d`: the unit of the point and a time base. `difference` counts per window. */
function parsePer(
  place: Place,
  value: unknown,
  { windowMs, estimator, ground }: Readonly<{ windowMs: Millis; estimator: RateEstimator; ground: Ground }>,
): Base | undefined {
  const at = inside(place, 'perUnit');
  if (value === undefined) return say(at, 'required', 'is needed: the unit of the limits, like "kPa/min", "mm/d", "m/7d"');
  const parts = typeof value === 'string' && value.length <= 40 ? /^(\S.*)\/\s*(\d+(?:\.\d+)?)?\s*(ms|s|min|h|d|w)$/.exec(value) : null;
  const unit = parts?.[1]?.trim();
  const perMs = parts && period(at, `${parts[2] ?? '1'}${parts[3] ?? ''}`, 0);
  if (!parts || !unit || !perMs) return say(at, 'rate_unit', 'must be a unit and a time base like "kPa/min", "mm/d", "m/7d"');
  const other = ground.points.find((point) => point.unit !== undefined && point.unit !== unit);
  if (other) return say(at, 'rate_unit', `the point is measured in ${other.unit ?? ''}, so limits must be too`);
  if (estimator === 'difference' && perMs !== windowMs)
    return say(at, 'rate_unit', 'must have the window as its time base with this estimator');
  return { perMs, perUnit: parts[0] };
}
