import type { ClockWindow, Millis } from '@anlan/contracts';
import { asBody, inside, oneOf, onlyKeys, period, say, type Body, type Place } from '../../shape.js';

const DAY_MS = 86_400_000;

/** `{every: "2h", stat: "mean"}`, or `{from: "02:00", to: "04:00", stat: "min"}` in local time. */
export function parseWindow(place: Place, value: unknown, x: Millis): ClockWindow | undefined {
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['every', 'from', 'to', 'stat']);
  const stat = body['stat'] === undefined ? 'mean' : oneOf(inside(place, 'stat'), body['stat'], ['mean', 'median', 'min', 'max']);
  if (!stat) return undefined;
  if (body['every'] === undefined) return parseNight(place, body, stat);
  if (body['from'] !== undefined || body['to'] !== undefined) return say(place, 'combination', 'has either every, or from and to');
  const everyMs = period(inside(place, 'every'), body['every'], x);
  if (everyMs === undefined) return undefined;
  return everyMs < x || DAY_MS % everyMs !== 0
    ? say(inside(place, 'every'), 'duration_range', 'must divide a day and be no shorter than the interval of the points')
    : { stat, everyMs };
}

function parseNight(place: Place, body: Body, stat: ClockWindow['stat']): ClockWindow | undefined {
  const fromMs = clock(inside(place, 'from'), body['from']);
  const toMs = clock(inside(place, 'to'), body['to']);
  if (fromMs === undefined || toMs === undefined) return undefined;
  return fromMs === toMs ? say(place, 'duration_range', 'must not be empty') : { stat, fromMs, toMs };
}

function clock(place: Place, value: unknown): Millis | undefined {
  const parts = typeof value === 'string' ? /^([01]\d|2[0-3]):([0-5]\d)$/.exec(value) : null;
  return parts ? (Number(parts[1]) * 60 + Number(parts[2])) * 60_000 : say(place, 'time', 'must be a time of day like "02:00"');
}
