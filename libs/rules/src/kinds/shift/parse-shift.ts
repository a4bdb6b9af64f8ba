import type { ClockWindow, CusumMethod, Millis, RangeMethod, SeasonSpec, ShiftRule } from '@anlan/contracts';
import { LADDER_KEYS, parseLadder } from '../../parse-ladder.js';
import { intervalOf, type Ground } from '../../rule-ground.js';
import { finite, flag, inside, longPeriod, oneOf, say, type Body, type Place } from '../../shape.js';
import { parseBandRef } from '../baseline/band-ref.js';
import { parseZone } from '../baseline/parse-band.js';
import { parseWindow } from './parse-window.js';

// prettier-ignore
export const SHIFT_KEYS = [...LADDER_KEYS, 'on', 'baseline', 'zone', 'aggregate', 'learn', 'method', 'sensitivity', 'k', 'h', 'targetAlarmsPerMonth',
  'margin', 'minScale', 'minScaleShare', 'direction', 'freezeWhileOpen', 'rebase',
] as const;

const DAY_MS = 86_400_000;
const LEARN_MS = 14 * DAY_MS;
const REBASE_MS = 8 * DAY_MS;
const ZONE_MS = 8 * 3_600_000;
/** 平台推荐值: no sensor in a city's pipes is steadier than half a per cent of what it shows. */
const LEAST_SHARE = 0.005;
/** 平台推荐值: a quarter beyond everything seen is no chance of the next value. */
const MARGIN = 0.25;

/** Chance calls of independent values, both directions: one in about 170, 465 and 10 500 values. */
const PRESETS = {
  high: { k: 0.5, h: 4 },
  medium: { k: 0.5, h: 5 },
  low: { k: 0.5, h: 8 },
} as const satisfies Readonly<Record<string, Pick<CusumMethod, 'k' | 'h'>>>;

export function parseShift(place: Place, body: Body, ground: Ground): ShiftRule | undefined {
  const x = intervalOf(ground.points);
  const usual = parseUsual(place, body, ground);
  const method = parseMethod(place, body);
  const direction =
    body['direction'] === undefined ? 'both' : oneOf(inside(place, 'direction'), body['direction'], ['rise', 'fall', 'both']);
  const window = body['aggregate'] === undefined ? null : parseWindow(inside(place, 'aggregate'), body['aggregate'], x);
  const rebaseMs = body['rebase'] === undefined ? REBASE_MS : longPeriod(inside(place, 'rebase'), body['rebase'], x);
  const ladder = parseLadder(place, body, ground, { side: 'high', at: 1 });
  const scales = {
    minScale: parseScale(inside(place, 'minScale'), body['minScale'], 0),
    minScaleShare: parseScale(inside(place, 'minScaleShare'), body['minScaleShare'], LEAST_SHARE),
    freezeWhileOpen: flag(inside(place, 'freezeWhileOpen'), body['freezeWhileOpen'], true),
  };
  if (!usual || !method || !direction || window === undefined || rebaseMs === undefined || !ladder) return undefined;
  checkLearn(place, { learnMs: usual.learnMs, window });
  return { ...ground.common, kind: 'shift', ...ladder, ...method, direction, ...usual, ...scales, rebaseMs, ...(window && { window }) };
}

function parseScale(place: Place, value: unknown, absent: number): number {
  const scale = value === undefined ? absent : finite(place, value);
  if (scale !== undefined && scale < 0) say(place, 'number', 'must not be negative');
  return scale ?? absent;
}

type Usual = Readonly<{ season: SeasonSpec; learnMs: Millis }>;

/** What values are compared with: those of like times as a baseline rule sees them (`on: residual`), or all (`on: value`). */
function parseUsual(place: Place, body: Body, ground: Ground): Usual | undefined {
  const absent = body['baseline'] === undefined ? 'value' : 'residual';
  const on = body['on'] === undefined ? absent : oneOf(inside(place, 'on'), body['on'], ['residual', 'value']);
  const x = intervalOf(ground.points);
  const zoneOffsetMs = body['zone'] === undefined ? ZONE_MS : parseZone(inside(place, 'zone'), body['zone']);
  const learnMs = body['learn'] === undefined ? undefined : longPeriod(inside(place, 'learn'), body['learn'], x);
  if (!on || zoneOffsetMs === undefined) return undefined;
  if (on === 'residual') return parseBaselineOf(place, body, { ground, learnMs, zoneOffsetMs });
  if (body['baseline'] !== undefined) say(inside(place, 'baseline'), 'combination', 'needs on residual');
  return { season: { season: 'none', zoneOffsetMs }, learnMs: learnMs ?? LEARN_MS };
}

type Around = Readonly<{ ground: Ground; learnMs: Millis | undefined; zoneOffsetMs: Millis }>;

function parseBaselineOf(place: Place, body: Body, { ground, learnMs, zoneOffsetMs }: Around): Usual | undefined {
  const band = parseBandRef(inside(place, 'baseline'), withZone(body['baseline'], body['zone']), ground);
  if (!band) return undefined;
  if (body['zone'] !== undefined && band.season.zoneOffsetMs !== zoneOffsetMs)
    return say(inside(place, 'zone'), 'combination', 'differs from the zone of the baseline');
  if (learnMs !== undefined) return { season: band.season, learnMs };
  if ('forMs' in band.learn) return { season: band.season, learnMs: band.learn.forMs };
  return say(inside(place, 'learn'), 'required', 'the baseline learns a number of rows: say a time here');
}

/** A season written here has the rule's zone. */
function withZone(given: unknown, zone: unknown): unknown {
  return typeof given === 'object' && given !== null && zone !== undefined ? { zone, ...given } : given;
}

const CUSUM_KEYS = ['sensitivity', 'k', 'h', 'targetAlarmsPerMonth'] as const;

function parseMethod(place: Place, body: Body): CusumMethod | RangeMethod | undefined {
  const method = body['method'] === undefined ? 'cusum' : oneOf(inside(place, 'method'), body['method'], ['cusum', 'range']);
  const strange = method === 'range' ? CUSUM_KEYS : method === 'cusum' ? (['margin'] as const) : [];
  for (const key of strange.filter((one) => body[one] !== undefined))
    say(inside(place, key), 'combination', `is not used with method ${method}`);
  if (method === 'cusum') return parseCusum(place, body);
  if (method === undefined) return undefined;
  const margin = body['margin'] === undefined ? MARGIN : positive(inside(place, 'margin'), body['margin']);
  return margin === undefined ? undefined : { method, margin };
}

function parseCusum(place: Place, body: Body): CusumMethod | undefined {
  const names = ['high', 'medium', 'low'] as const;
  const sensitivity = body['sensitivity'] === undefined ? 'medium' : oneOf(inside(place, 'sensitivity'), body['sensitivity'], names);
  if (!sensitivity) return undefined;
  const preset = PRESETS[sensitivity];
  const k = body['k'] === undefined ? preset.k : positive(inside(place, 'k'), body['k']);
  const h = body['h'] === undefined ? preset.h : positive(inside(place, 'h'), body['h']);
  const target = body['targetAlarmsPerMonth'];
  const targetAlarmsPerMonth = target === undefined ? undefined : positive(inside(place, 'targetAlarmsPerMonth'), target);
  if (k === undefined || h === undefined) return undefined;
  return { method: 'cusum', k, h, ...(targetAlarmsPerMonth !== undefined && { targetAlarmsPerMonth }) };
}

function positive(place: Place, value: unknown): number | undefined {
  const found = finite(place, value);
  return found !== undefined && found <= 0 ? say(place, 'number', 'must be more than 0') : found;
}

function checkLearn(place: Place, { learnMs, window }: Readonly<{ learnMs: Millis; window: ClockWindow | null }>): void {
  const least = !window ? 0 : 'everyMs' in window ? 8 * window.everyMs : 7 * DAY_MS;
  if (learnMs < least) say(inside(place, 'learn'), 'duration_range', 'must hold at least eight windows, a week of nights');
}
