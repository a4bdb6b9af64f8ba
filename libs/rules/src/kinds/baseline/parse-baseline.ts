import type { BaselineRule } from '@anlan/contracts';
import { LADDER_KEYS, parseLadder } from '../../parse-ladder.js';
import { intervalOf, type Ground } from '../../rule-ground.js';
import { finite, inside, longPeriod, oneOf, say, type Body, type Place } from '../../shape.js';
import { BAND_KEYS, parseBand, parseRows } from './parse-band.js';

export const BASELINE_KEYS = [...BAND_KEYS, ...LADDER_KEYS, 'band', 'direction', 'excess', 'smooth'] as const;

/** Four scales: about one false alarm in 16 000 independent readings of a normal distribution. */
const BAND = 4;
const MOST_SMOOTHED = 128;

export function parseBaseline(place: Place, body: Body, ground: Ground): BaselineRule | undefined {
  const band = parseBand(place, body, ground);
  const direction =
    body['direction'] === undefined ? 'both' : oneOf(inside(place, 'direction'), body['direction'], ['both', 'rise', 'fall']);
  const excess = body['excess'] === undefined ? 'relative' : oneOf(inside(place, 'excess'), body['excess'], ['relative', 'absolute']);
  const smooth = body['smooth'] === undefined ? undefined : parseSmooth(inside(place, 'smooth'), body['smooth'], ground);
  const at = parseWidth(inside(place, 'band'), body['band'], excess === 'absolute' ? undefined : BAND);
  const ladder = parseLadder(place, body, ground, { side: 'high', ...(at !== undefined && { at }) });
  if (body['levels'] !== undefined && body['band'] !== undefined)
    say(inside(place, 'band'), 'combination', 'belongs to the short form: levels say their own');
  if (!band || !direction || !excess || !ladder) return undefined;
  return { ...ground.common, kind: 'baseline', ...ladder, band, direction, excess, ...(smooth && { smooth }) };
}

function parseWidth(place: Place, value: unknown, absent: number | undefined): number | undefined {
  if (value === undefined) return absent;
  const width = finite(place, value);
  return width !== undefined && width <= 0 ? say(place, 'number', 'must be more than 0') : width;
}

function parseSmooth(place: Place, value: unknown, ground: Ground): BaselineRule['smooth'] {
  if (typeof value === 'object') {
    const rows = parseRows(place, value, MOST_SMOOTHED);
    return rows === undefined ? undefined : { rows };
  }
  const forMs = longPeriod(place, value, intervalOf(ground.points));
  return forMs === undefined ? undefined : { forMs };
}
