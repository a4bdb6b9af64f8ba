import type { LocalToUtc, Millis } from '@anlan/contracts';

const HOUR_MS = 3_600_000;
const CACHED_HOURS = 10_000;
const CACHED_ZONES = 1_000;

/** Is it a zone that this machine knows (IANA name). */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).format(0) !== '';
  } catch {
    return false;
  }
}

/** Offset of a zone from UTC at a moment, in ms east of it; remembered an hour at a time (no zone changes within a quarter of one). */
function offsetsOf(zone: string): (at: Millis) => Millis {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  const known = new Map<number, Millis>();
  const measure = (at: Millis): Millis => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const field = (name: string): number => Number(parts[name]);
    const year = parts['era'] === 'BC' ? 1 - field('year') : field('year');
    const wall = new Date(0);
    wall.setUTCFullYear(year, field('month') - 1, field('day'));
    wall.setUTCHours(field('hour'), field('minute'), field('second'), 0);
    return wall.getTime() - Math.floor(at / 1_000) * 1_000;
  };
  return (at) => {
    const quarter = Math.floor(at / (HOUR_MS / 4));
    const found = known.get(quarter);
    if (found !== undefined) return found;
    if (known.size >= CACHED_HOURS) known.clear();
    const offset = measure(quarter * (HOUR_MS / 4));
    known.set(quarter, offset);
    return offset;
  };
}

function converter(zone: string): LocalToUtc {
  const offsetAt = offsetsOf(zone);
  return (localMs) => {
    const early = localMs - offsetAt(localMs - 24 * HOUR_MS);
    const late = localMs - offsetAt(localMs + 24 * HOUR_MS);
    if (early === late) return early;
    const fits = (candidate: Millis): boolean => candidate + offsetAt(candidate) === localMs;
    return fits(early) ? early : fits(late) ? late : early;
  };
}

/**
 * Wall clock → moment for each zone, aware of summer time. A time that occurs twice is taken as the first of both;
 * one that a clock change leaps over is moved on by the width of the leap. One small cache a zone.
 */
export function zoneOffsets(): (zone: string) => LocalToUtc {
  const zones = new Map<string, LocalToUtc>();
  return (zone) => {
    const found = zones.get(zone);
    if (found) return found;
    if (zones.size >= CACHED_ZONES) zones.clear();
    const made = isZone(zone) ? converter(zone) : () => undefined;
    zones.set(zone, made);
    return made;
  };
}
