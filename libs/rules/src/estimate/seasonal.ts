/**
 * What is usual at this hour: a centre and a scale for each hour of the week (or day) in local civil time, learned from the readings.
 *
 * P1  A reading counts for the time it stands for, so a bin learns as much from one reading an hour as from sixty.
 * P2  A bin that was visited less than three times leans on its hour of the day, and that on the whole.
 *     How far it varies it tells by itself only after many visits: until then by the residuals of all bins at that hour of the day, which are
 *     taken from what was known before, so that they hold the error of the bins' centres too.
 * P3  Nothing far off teaches much: what a bin learns is clipped at four deviations, once it was visited three times.
 * P4  The scale is never below a tenth of the long-term deviation: a bin that never varied must not make a molehill a mountain.
 */
import type { Millis, SeasonSpec } from '@anlan/contracts';
import { HOLIDAY, specialDayCn, SPRING_FESTIVAL } from './calendar-cn.js';
import { absorb, centreOf, newCells, spreadOf, weightOf, type Cells, type Lesson } from './moments.js';

/** Mutable and plain: save it as it is. `hours`: bins of the week, `days`: hours of the day, `rest`: residuals of `hours` by hour of the day. */
export type Profile = { hours: Cells; days: Cells; rest: Cells; all: Cells };

export type Usual = Readonly<{ centre: number; scale: number }>;

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const HOURS = 24;
/** Visits by which a bin stands on its own feet (P2). */
const OWN_FEET = 3;
/** A bin forgets with λ = 1/7 a visit: about seven weeks count. */
const VISITS = 7;
/** Visits at which a bin's own variation counts as much as that of its hour of the day. A handful of visits of an autocorrelated series vary too little. */
const OWN_SPREAD = 10;
const FOUR_WEEKS_MS = 4 * 7 * DAY_MS;
/** P4. */
const LEAST_SHARE = 0.1;
/** Weekday of 1970-01-01. */
const THURSDAY = 4;

const DAY_CLASSES = Math.max(HOLIDAY, SPRING_FESTIVAL) + 1;

export function newProfile({ season }: SeasonSpec): Profile {
  return {
    hours: newCells(season === 'hourOfWeek' ? DAY_CLASSES * HOURS : 0),
    days: newCells(season === 'none' ? 0 : HOURS),
    rest: newCells(season === 'hourOfWeek' ? HOURS : 0),
    all: newCells(1),
  };
}

/** Local hour of the day, 0 to 23. */
export function hourOfDay(t: Millis, zoneOffsetMs: Millis): number {
  const local = t + zoneOffsetMs;
  return Math.floor((local - Math.floor(local / DAY_MS) * DAY_MS) / HOUR_MS);
}

/** Local weekday, 0 (Sunday) to 6; with a calendar also 7 (holiday) and 8 (Spring Festival). */
export function dayClass(t: Millis, { zoneOffsetMs, calendar }: SeasonSpec): number {
  const day = Math.floor((t + zoneOffsetMs) / DAY_MS);
  const weekday = (((day + THURSDAY) % 7) + 7) % 7;
  return calendar === 'CN' ? (specialDayCn(day) ?? weekday) : weekday;
}

/** Bin of the finest grain that the season has. */
export function binOf(t: Millis, spec: SeasonSpec): number {
  if (spec.season === 'none') return 0;
  const hour = hourOfDay(t, spec.zoneOffsetMs);
  return spec.season === 'hourOfDay' ? hour : dayClass(t, spec) * HOURS + hour;
}

/** What is usual at `t`; undefined before anything was learned. `floor`: least scale, in the unit of the point. */
export function usualAt(profile: Profile, spec: SeasonSpec, { t, floor = 0 }: Readonly<{ t: Millis; floor?: number }>): Usual | undefined {
  return usualIn(profile, spec, binOf(t, spec), floor);
}

/** The same where the bin of the moment is known (`binOf`). */
export function usualIn(profile: Profile, spec: SeasonSpec, bin: number, floor = 0): Usual | undefined {
  const { all } = profile;
  if (weightOf(all, 0) === 0) return undefined;
  let centre = centreOf(all, 0);
  let spread = spreadOf(all, 0);
  const least = Math.max(floor, LEAST_SHARE * Math.sqrt(spread));
  if (spec.season !== 'none') {
    const hour = bin % HOURS;
    const own = ownFeet(profile.days, hour);
    centre += own * (centreOf(profile.days, hour) - centre);
    spread += own * (spreadOf(profile.days, hour) - spread);
    if (spec.season === 'hourOfWeek') {
      const ownBin = ownFeet(profile.hours, bin);
      centre += ownBin * (centreOf(profile.hours, bin) - centre);
      spread += ownBin * (spreadOfBin(profile, bin, hour) - spread);
    }
  }
  return { centre, scale: Math.max(least, Math.sqrt(spread)) };
}

/** P2: how far a bin stands on its own feet. */
function ownFeet(cells: Cells, cell: number): number {
  return Math.min(1, weightOf(cells, cell) / OWN_FEET);
}

function spreadOfBin({ hours, rest }: Profile, bin: number, hour: number): number {
  const own = spreadOf(hours, bin);
  const pooled = own + ownFeet(rest, hour) * (spreadOf(rest, hour) - own);
  const visits = weightOf(hours, bin);
  return pooled + (visits / (visits + OWN_SPREAD)) * (own - pooled);
}

/** Learns a reading that stands for `forMs` of time, as a rule the gap before it. Keep alarms and doubtful readings away. */
export function learn(profile: Profile, spec: SeasonSpec, { t, v, forMs }: Readonly<{ t: Millis; v: number; forMs: Millis }>): void {
  learnIn(profile, spec, binOf(t, spec), { v, forMs });
}

/** The same where the bin of the moment is known (`binOf`). */
export function learnIn(profile: Profile, spec: SeasonSpec, bin: number, { v, forMs }: Readonly<{ v: number; forMs: Millis }>): void {
  if (forMs <= 0) return;
  // What it says of an hour is one hour at most.
  const weight = Math.min(1, forMs / HOUR_MS);
  const hour = bin % HOURS;
  if (spec.season === 'hourOfWeek') {
    if (weightOf(profile.hours, bin) >= OWN_FEET)
      absorb(profile.rest, hour, { v: v - centreOf(profile.hours, bin), weight, cap: VISITS * 7, known: OWN_FEET });
    absorb(profile.hours, bin, { v, weight, cap: VISITS, known: OWN_FEET });
  }
  // One object for both, as this runs for every reading.
  const lesson: Lesson = { v, weight, cap: dayCap(spec), known: OWN_FEET };
  if (spec.season !== 'none') absorb(profile.days, hour, lesson);
  lesson.weight = forMs / HOUR_MS;
  lesson.cap = (spec.memoryMs ?? FOUR_WEEKS_MS) / HOUR_MS;
  absorb(profile.all, 0, lesson);
}

/** Visits that an hour of the day remembers: as the finest grain what the memory holds, at least a week; below an hour of the week as many days. */
function dayCap({ season, memoryMs }: SeasonSpec): number {
  return season === 'hourOfDay' && memoryMs !== undefined ? Math.max(VISITS, memoryMs / DAY_MS) : VISITS * 7;
}
