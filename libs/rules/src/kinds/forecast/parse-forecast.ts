import { ALARM_LEVELS, type ForecastRule, type ForecastTarget, type Millis } from '@anlan/contracts';
import { LADDER_KEYS, parseLadder } from '../../parse-ladder.js';
import { intervalOf, type Ground } from '../../rule-ground.js';
import { asBody, finite, inside, longPeriod, oneOf, onlyKeys, say, type Body, type Place } from '../../shape.js';
import { parseBandRef } from '../baseline/band-ref.js';

const OWN_KEYS = ['target', 'horizon', 'window', 'tau', 'confirm', 'significance', 'autocorrelation', 'detrendWith', 'say'] as const;
export const FORECAST_KEYS = [...LADDER_KEYS, ...OWN_KEYS] as const;

const HOUR_MS = 3_600_000;
const CONFIRM = { k: 4, n: 6 } as const;
/** Votes are kept in the bits of one number. */
const MOST_VOTES = 30;
const SIGNIFICANCE = 0.01;
/** A trend cannot be told from fewer readings (AS 4.3). */
const LEAST_INTERVALS = 30;
/** AS 4.5: 30 minutes for a horizon of 12 hours; at least three intervals, else the level follows every reading. */
const TAUS_A_HORIZON = 24;
const LEAST_TAU_INTERVALS = 3;

export function parseForecast(place: Place, body: Body, ground: Ground): ForecastRule | undefined {
  const x = intervalOf(ground.points);
  const target = parseTarget(inside(place, 'target'), body['target'], ground);
  const horizonMs = longPeriod(inside(place, 'horizon'), body['horizon'], x);
  const times = horizonMs === undefined ? undefined : parseTimes(place, body, { horizonMs, x });
  const confirm = parseConfirm(inside(place, 'confirm'), body['confirm']);
  const significance = parseSignificance(inside(place, 'significance'), body['significance']);
  const named = body['autocorrelation'];
  const memory = named === undefined ? 'neff' : oneOf(inside(place, 'autocorrelation'), named, ['neff', 'none']);
  if (body['say'] !== undefined) oneOf(inside(place, 'say'), body['say'], ['interval']);
  const detrend = body['detrendWith'] === undefined ? undefined : parseBandRef(inside(place, 'detrendWith'), body['detrendWith'], ground);
  const ladder = parseLadder(place, body, ground, { side: 'low', ...(horizonMs !== undefined && { at: horizonMs / HOUR_MS }) });
  if (horizonMs !== undefined && ladder) checkHorizon(place, ladder.levels, horizonMs);
  if (!target || horizonMs === undefined || !times || !confirm || significance === undefined || !memory || !ladder) return undefined;
  return {
    ...ground.common,
    kind: 'forecast',
    ...ladder,
    target,
    horizonMs,
    ...times,
    confirm,
    significance,
    memory: memory === 'neff',
    ...(detrend && { detrend }),
  };
}

type Times = Readonly<{ windowMs: Millis; tauMs: Millis }>;

function parseTimes(place: Place, body: Body, { horizonMs, x }: Readonly<{ horizonMs: Millis; x: Millis }>): Times | undefined {
  const least = LEAST_INTERVALS * x;
  const windowMs = body['window'] === undefined ? Math.max(horizonMs, least) : longPeriod(inside(place, 'window'), body['window'], x);
  const tauMs =
    body['tau'] === undefined
      ? Math.max(horizonMs / TAUS_A_HORIZON, LEAST_TAU_INTERVALS * x)
      : longPeriod(inside(place, 'tau'), body['tau'], x);
  if (windowMs !== undefined && windowMs < least)
    return say(inside(place, 'window'), 'window_short', `must hold at least ${LEAST_INTERVALS} intervals of the point`);
  return windowMs === undefined || tauMs === undefined ? undefined : { windowMs, tauMs };
}

/** Beyond the horizon nothing is foretold, so a level there would never rise. */
function checkHorizon(place: Place, levels: ForecastRule['levels'], horizonMs: Millis): void {
  const beyond = levels.find(({ at = 0 }) => at <= 0 || at * HOUR_MS > horizonMs);
  if (beyond) say(inside(place, 'levels'), 'horizon', `${beyond.level} must lie between 0 and the horizon, in hours`);
}

function parseSignificance(place: Place, value: unknown): number | undefined {
  const found = value === undefined ? SIGNIFICANCE : finite(place, value);
  if (found === undefined || (found > 0 && found <= 0.2)) return found;
  return say(place, 'number', 'must be more than 0 and at most 0.2');
}

function parseConfirm(place: Place, value: unknown): ForecastRule['confirm'] | undefined {
  if (value === undefined) return CONFIRM;
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['k', 'n']);
  const { k, n } = body;
  const isWhole = Number.isInteger(k) && Number.isInteger(n);
  if (isWhole && Number(k) >= 1 && Number(k) <= Number(n) && Number(n) <= MOST_VOTES) return { k: Number(k), n: Number(n) };
  return say(place, 'confirm', `must be whole numbers with 1 ≤ k ≤ n ≤ ${MOST_VOTES}`);
}

/** `{at, side?}`: a number; `{ref, level, side?}`: the limit of a level of a threshold rule. */
function parseTarget(place: Place, value: unknown, ground: Ground): ForecastTarget | undefined {
  if (value === undefined) return say(place, 'required', 'is needed: {"at": 12.5} or {"ref": "rule", "level": "red"}');
  const body = asBody(place, value);
  if (!body) return undefined;
  if (body['ref'] !== undefined) return parseRef(place, body, ground);
  onlyKeys(place, body, ['at', 'side', 'level']);
  const at = finite(inside(place, 'at'), body['at']);
  const side = body['side'] === undefined ? 'high' : oneOf(inside(place, 'side'), body['side'], ['high', 'low']);
  const level = body['level'] === undefined ? undefined : oneOf(inside(place, 'level'), body['level'], ALARM_LEVELS);
  return at === undefined || !side ? undefined : { at, side, ...(level && { level }) };
}

function parseRef(place: Place, body: Body, { rules }: Ground): ForecastTarget | undefined {
  onlyKeys(place, body, ['ref', 'level', 'side']);
  const level = oneOf(inside(place, 'level'), body['level'], ALARM_LEVELS);
  const other = typeof body['ref'] === 'string' ? (rules?.get(body['ref']) as Body | undefined) : undefined;
  if (!other || other['kind'] !== 'threshold') return say(inside(place, 'ref'), 'ref_unknown', 'names no threshold rule');
  const of = other['side'] ?? 'high';
  const wanted = of === 'both' ? oneOf(inside(place, 'side'), body['side'], ['high', 'low']) : of === 'low' ? 'low' : 'high';
  if (!level || !wanted) return undefined;
  if (of !== 'both' && body['side'] !== undefined && body['side'] !== wanted)
    return say(inside(place, 'side'), 'ref_side', `the rule that is named watches the ${wanted} side`);
  const found = Array.isArray(other['levels']) ? (other['levels'] as readonly Body[]).find((one) => one?.['level'] === level) : undefined;
  const at = found?.[of === 'both' ? wanted : 'at'];
  if (typeof at !== 'number') return say(inside(place, 'level'), 'ref_level', `the rule that is named has no limit for ${level}`);
  return { at, side: wanted, level };
}
