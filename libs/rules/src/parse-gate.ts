import type { RuleGate, RuleWindow } from '@anlan/contracts';
import { asBody, inside, onlyKeys, say, type Body, type Place } from './shape.js';

/** Keys of a rule that say when it may tell. */
export const GATE_KEYS = ['active', 'modes'] as const;

const MOST_WINDOWS = 14;
const MOST_MODES = 20;
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7] as const;
/** China has one. */
const OFFSET_MIN = 480;

/** `active: {days?, from, to, offset?}` or a list of them, and `modes: [name]`. */
export function parseGate(place: Place, body: Body): RuleGate {
  const active = body['active'] === undefined ? undefined : parseWindows(inside(place, 'active'), body['active']);
  const modes = body['modes'] === undefined ? undefined : parseModes(inside(place, 'modes'), body['modes']);
  return { ...(active && { active }), ...(modes && { modes }) };
}

function parseWindows(place: Place, value: unknown): readonly RuleWindow[] | undefined {
  if (!Array.isArray(value)) {
    const one = parseWindow(place, value);
    return one && [one];
  }
  if (value.length === 0 || value.length > MOST_WINDOWS) return say(place, 'windows', `must be 1 to ${MOST_WINDOWS} windows`);
  return value.flatMap((one: unknown, i) => parseWindow(inside(place, i), one) ?? []);
}

function parseWindow(place: Place, value: unknown): RuleWindow | undefined {
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['days', 'from', 'to', 'offset']);
  const days = parseDays(inside(place, 'days'), body['days']);
  const fromMin = parseTime(inside(place, 'from'), body['from']);
  const toMin = parseTime(inside(place, 'to'), body['to']);
  const offsetMin = body['offset'] === undefined ? OFFSET_MIN : parseOffset(inside(place, 'offset'), body['offset']);
  if (fromMin === 1_440) return say(inside(place, 'from'), 'time_of_day', 'a day begins at 00:00');
  if (!days || fromMin === undefined || toMin === undefined || offsetMin === undefined) return undefined;
  return { days, fromMin, toMin, offsetMin };
}

function parseDays(place: Place, value: unknown): readonly number[] | undefined {
  if (value === undefined) return EVERY_DAY;
  const isDay = (one: unknown): one is number => EVERY_DAY.some((day) => day === one);
  if (Array.isArray(value) && value.length > 0 && value.every(isDay)) return [...new Set(value)].sort((a, b) => a - b);
  return say(place, 'days', 'must be a list of 1 (Monday) to 7 (Sunday)');
}

function parseTime(place: Place, value: unknown): number | undefined {
  const parts = typeof value === 'string' ? /^([01]\d|2[0-4]):([0-5]\d)$/.exec(value) : null;
  const minutes = parts ? Number(parts[1]) * 60 + Number(parts[2]) : Infinity;
  return minutes <= 1_440 ? minutes : say(place, 'time_of_day', 'must be a time such as 08:00; a day ends at 24:00');
}

function parseOffset(place: Place, value: unknown): number | undefined {
  const parts = typeof value === 'string' ? /^([+-])(0\d|1[0-4]):([0-5]\d)$/.exec(value) : null;
  if (!parts) return say(place, 'offset', 'must be an offset from UTC such as +08:00');
  const minutes = Number(parts[2]) * 60 + Number(parts[3]);
  return parts[1] === '-' ? -minutes : minutes;
}

function parseModes(place: Place, value: unknown): readonly string[] | undefined {
  const isMode = (one: unknown): one is string => typeof one === 'string' && /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/.test(one);
  if (Array.isArray(value) && value.length > 0 && value.length <= MOST_MODES && value.every(isMode)) return [...new Set(value)].sort();
  return say(place, 'modes', `must be a list of 1 to ${MOST_MODES} names of modes; "normal" is the one of an asset without any`);
}
