import type { BandSpec, Millis, SeasonSpec } from '@anlan/contracts';
import { intervalOf, type Ground } from '../../rule-ground.js';
import { asBody, finite, inside, longPeriod, oneOf, onlyKeys, say, type Body, type Place } from '../../shape.js';

/** Keys that say how what is usual is learned. */
export const BAND_KEYS = [
  'season',
  'calendar',
  'zone',
  'learn',
  'learnWhen',
  'adapt',
  'memory',
  'window',
  'centre',
  'scale',
  'minScale',
] as const;

/** China. */
const ZONE = '+08:00';
const LEARN_MS = 4 * 7 * 86_400_000;
const MOST_ROWS = 1_000_000;

/** Reads how the band is learned; says every fault at its place and then returns undefined. */
export function parseBand(place: Place, body: Body, ground: Ground): BandSpec | undefined {
  const x = intervalOf(ground.points);
  const season = parseSeason(place, body, x);
  const adapt = parseAdapt(place, body, x);
  const centre = parseCentre(inside(place, 'centre'), body['centre']);
  const scale = body['scale'] === undefined ? 'sd' : oneOf(inside(place, 'scale'), body['scale'], ['sd', 'mad']);
  const learn = parseLearn(inside(place, 'learn'), body['learn'], { x, absent: typeof adapt === 'object' ? adapt.windowMs : LEARN_MS });
  const when = ['good', 'good&noOpenAlarm'] as const;
  const learnWhen = body['learnWhen'] === undefined ? 'good&noOpenAlarm' : oneOf(inside(place, 'learnWhen'), body['learnWhen'], when);
  const minScale = body['minScale'] === undefined ? 0 : finite(inside(place, 'minScale'), body['minScale']);
  if (minScale !== undefined && minScale < 0) say(inside(place, 'minScale'), 'number', 'must not be negative');
  if (!season || !adapt || centre === undefined || !scale || !learn || !learnWhen || minScale === undefined) return undefined;
  const isSketched = centre !== 'mean' || scale === 'mad';
  if (season.season !== 'none' && (isSketched || typeof adapt === 'object'))
    return say(
      inside(place, 'season'),
      'combination',
      'a season has a mean and a standard deviation; quantiles, mad and windows need season none',
    );
  if (isSketched && adapt === 'slow')
    return say(inside(place, 'adapt'), 'combination', 'quantiles and mad cannot follow slowly: use frozen or window');
  if (season.memoryMs !== undefined && adapt !== 'slow') return say(inside(place, 'memory'), 'combination', 'needs adapt slow');
  return { season, learn, adapt, centre, scale, minScale, learnWhileOpen: learnWhen === 'good' };
}

function parseSeason(place: Place, body: Body, x: Millis): SeasonSpec | undefined {
  const seasons = ['hourOfWeek', 'hourOfDay', 'none'] as const;
  const season = body['season'] === undefined ? 'hourOfWeek' : oneOf(inside(place, 'season'), body['season'], seasons);
  const zoneOffsetMs = parseZone(inside(place, 'zone'), body['zone'] ?? ZONE);
  const calendar = body['calendar'] === undefined ? undefined : oneOf(inside(place, 'calendar'), body['calendar'], ['CN']);
  if (calendar && season !== 'hourOfWeek') say(inside(place, 'calendar'), 'combination', 'needs season hourOfWeek');
  const memoryMs = body['memory'] === undefined ? undefined : longPeriod(inside(place, 'memory'), body['memory'], x);
  if (!season || zoneOffsetMs === undefined) return undefined;
  return { season, zoneOffsetMs, ...(calendar && { calendar }), ...(memoryMs !== undefined && { memoryMs }) };
}

export function parseZone(place: Place, value: unknown): Millis | undefined {
  const parts = typeof value === 'string' ? /^([+-])(\d\d):(\d\d)$/.exec(value) : null;
  const minutes = Number(parts?.[2]) * 60 + Number(parts?.[3]);
  if (!parts || minutes > 14 * 60) return say(place, 'zone', 'must be an offset like "+08:00"');
  return (parts[1] === '-' ? -minutes : minutes) * 60_000;
}

function parseAdapt(place: Place, body: Body, x: Millis): BandSpec['adapt'] | undefined {
  const adapt = body['adapt'] === undefined ? 'slow' : oneOf(inside(place, 'adapt'), body['adapt'], ['frozen', 'slow', 'window']);
  if (adapt !== 'window') {
    if (body['window'] !== undefined) say(inside(place, 'window'), 'combination', 'needs adapt window');
    return adapt;
  }
  const windowMs = longPeriod(inside(place, 'window'), body['window'], x);
  return windowMs === undefined ? undefined : { windowMs };
}

function parseCentre(place: Place, value: unknown): BandSpec['centre'] | undefined {
  if (value === undefined || value === 'mean') return 'mean';
  if (value === 'median') return 0.5;
  const share = typeof value === 'string' ? /^quantile:(0?\.\d{1,4})$/.exec(value)?.[1] : undefined;
  if (share !== undefined && Number(share) > 0) return Number(share);
  return say(place, 'choice', 'must be mean, median or a quantile like "quantile:0.1"');
}

function parseLearn(place: Place, value: unknown, { x, absent }: Readonly<{ x: Millis; absent: Millis }>): BandSpec['learn'] | undefined {
  if (value === undefined) return { forMs: absent };
  if (typeof value !== 'object') {
    const forMs = longPeriod(place, value, x);
    return forMs === undefined ? undefined : { forMs };
  }
  const rows = parseRows(place, value, MOST_ROWS);
  return rows === undefined ? undefined : { rows };
}

/** `{rows: n}`: a number of readings. */
export function parseRows(place: Place, value: unknown, most: number): number | undefined {
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['rows']);
  const rows = body['rows'];
  if (Number.isInteger(rows) && Number(rows) >= 2 && Number(rows) <= most) return Number(rows);
  return say(inside(place, 'rows'), 'count', `must be a whole number from 2 to ${most}`);
}
