/**
 * Statutory holidays of mainland China and the working weekends that pay for them (调休), as published by the General Office of the State
 * Council: 国办发明电〔2023〕7号 (2024), 国办发明电〔2024〕12号 (2025), 国办发明电〔2025〕7号 (2026). Days of other years count as ordinary days of
 * their weekday, until their notice is added here.
 */

type Days = readonly [first: string, last: string];

/** First and last day off. */
const HOLIDAYS: readonly Days[] = [
  ['2024-01-01', '2024-01-01'],
  ['2024-04-04', '2024-04-06'],
  ['2024-05-01', '2024-05-05'],
  ['2024-06-10', '2024-06-10'],
  ['2024-09-15', '2024-09-17'],
  ['2024-10-01', '2024-10-07'],
  ['2025-01-01', '2025-01-01'],
  ['2025-04-04', '2025-04-06'],
  ['2025-05-01', '2025-05-05'],
  ['2025-05-31', '2025-06-02'],
  ['2025-10-01', '2025-10-08'],
  ['2026-01-01', '2026-01-03'],
  ['2026-04-04', '2026-04-06'],
  ['2026-05-01', '2026-05-05'],
  ['2026-06-19', '2026-06-21'],
  ['2026-09-25', '2026-09-27'],
  ['2026-10-01', '2026-10-07'],
];

/** 春节: half the city is away and industry stands still, which no other holiday is like. */
const SPRING_FESTIVALS: readonly Days[] = [
  ['2024-02-10', '2024-02-17'],
  ['2025-01-28', '2025-02-04'],
  ['2026-02-15', '2026-02-23'],
];

/** Saturdays and Sundays on which people work. */
const WORKING_WEEKENDS: readonly string[] = [
  '2024-02-04',
  '2024-02-18',
  '2024-04-07',
  '2024-04-28',
  '2024-05-11',
  '2024-09-14',
  '2024-09-29',
  '2024-10-12',
  '2025-01-26',
  '2025-02-08',
  '2025-04-27',
  '2025-09-28',
  '2025-10-11',
  '2026-01-04',
  '2026-02-14',
  '2026-02-28',
  '2026-05-09',
  '2026-09-20',
  '2026-10-10',
];

const DAY_MS = 86_400_000;
/** Classes of day: weekdays from 0 (Sunday) to 6, then these two. */
export const HOLIDAY = 7;
export const SPRING_FESTIVAL = 8;
/** A working weekend is like the middle of a week: Monday and Friday have edges of their own. */
const WEDNESDAY = 3;

function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS;
}

function everyDay(days: readonly Days[], dayClass: number): readonly (readonly [day: number, dayClass: number])[] {
  return days.flatMap(([first, last]) => {
    const from = dayOf(first);
    return Array.from({ length: dayOf(last) - from + 1 }, (_, i) => [from + i, dayClass] as const);
  });
}

const SPECIAL: ReadonlyMap<number, number> = new Map([
  ...everyDay(HOLIDAYS, HOLIDAY),
  ...everyDay(SPRING_FESTIVALS, SPRING_FESTIVAL),
  ...WORKING_WEEKENDS.map((date) => [dayOf(date), WEDNESDAY] as const),
]);

/** Class of a local day, counted in days since 1970-01-01; undefined: like its weekday. */
export function specialDayCn(day: number): number | undefined {
  return SPECIAL.get(day);
}
