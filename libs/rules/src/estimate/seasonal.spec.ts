import type { SeasonSpec } from '@anlan/contracts';
import { binOf, dayClass, learn, newProfile, usualAt, type Profile } from './seasonal.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK: SeasonSpec = { season: 'hourOfWeek', zoneOffsetMs: 8 * HOUR };
const CN: SeasonSpec = { ...WEEK, calendar: 'CN' };
/** A Monday, local midnight. */
const MONDAY = Date.parse('2023-03-06T00:00:00+08:00');
const at = (text: string): number => Date.parse(`${text}+08:00`);

/** Hourly readings from `from`, for so many days. */
function taught(spec: SeasonSpec, days: number, v: (t: number, hour: number) => number): Profile {
  const profile = newProfile(spec);
  for (let i = 0; i < days * 24; i += 1) {
    const t = MONDAY + i * HOUR;
    learn(profile, spec, { t, v: v(t, i % 24), forMs: HOUR });
  }
  return profile;
}

describe('bins', () => {
  test('are hours of the local week, whatever the date', () => {
    expect(binOf(MONDAY, WEEK)).toBe(24);
    expect(binOf(MONDAY + 7 * DAY, WEEK)).toBe(24);
    expect(binOf(MONDAY - 1, WEEK)).toBe(23);
    expect(binOf(at('1969-12-31T23:30:00'), WEEK)).toBe(3 * 24 + 23);
  });

  test('do not move with the summer time of other countries', () => {
    for (const day of ['2023-03-26', '2023-10-29', '2023-03-12']) {
      expect(binOf(at(`${day}T02:30:00`), { ...WEEK, season: 'hourOfDay' })).toBe(2);
      expect(binOf(at(`${day}T03:30:00`), { ...WEEK, season: 'hourOfDay' })).toBe(3);
    }
  });

  test('follow the offset of the rule', () => {
    expect(binOf(Date.parse('2023-03-06T00:30:00Z'), { season: 'hourOfDay', zoneOffsetMs: -2 * HOUR })).toBe(22);
  });
});

describe('the calendar of China', () => {
  test.each([
    ['2024-02-12T12:00:00', 8, 'Spring Festival'],
    ['2024-02-18T12:00:00', 3, 'a working Sunday'],
    ['2025-10-01T12:00:00', 7, 'National Day'],
    ['2026-02-23T23:59:59', 8, 'the last evening of Spring Festival'],
    ['2026-02-24T00:00:00', 2, 'the Tuesday after it'],
    ['2026-10-10T08:00:00', 3, 'a working Saturday'],
    ['2026-10-17T08:00:00', 6, 'an ordinary Saturday'],
    ['2031-10-01T12:00:00', 3, 'a day after the table: its weekday'],
  ])('%s is of class %d: %s', (text, wanted) => {
    expect(dayClass(at(text), CN)).toBe(wanted);
  });

  test('is asked only where the rule says so', () => {
    expect(dayClass(at('2024-02-12T12:00:00'), WEEK)).toBe(1);
  });
});

describe('what is usual', () => {
  const shape = (t: number, hour: number): number => (dayClass(t, WEEK) % 6 === 0 ? 50 : 100) + hour;

  test('P2: nothing is known at first; one week leans on the hour of the day, four stand by themselves', () => {
    const saturday = MONDAY + 5 * DAY + 3 * HOUR;
    expect(usualAt(newProfile(WEEK), WEEK, { t: saturday })).toBeUndefined();
    const early = usualAt(taught(WEEK, 7, shape), WEEK, { t: saturday });
    expect(early?.centre).toBeGreaterThan(60);
    expect(early?.centre).toBeLessThan(90);
    expect(usualAt(taught(WEEK, 28, shape), WEEK, { t: saturday })?.centre).toBeCloseTo(53, 6);
  });

  test('P1: sixty readings an hour teach what one an hour teaches', () => {
    const spec: SeasonSpec = { ...WEEK, season: 'hourOfDay' };
    const coarse = taught(spec, 10, (t) => Math.floor(t / DAY) % 7);
    const fine = newProfile(spec);
    for (let i = 0; i < 10 * 24 * 60; i += 1) {
      const t = MONDAY + i * 60_000;
      learn(fine, spec, { t, v: Math.floor(t / DAY) % 7, forMs: 60_000 });
    }
    const t = MONDAY + 11 * DAY + 5 * HOUR;
    const [a, b] = [usualAt(coarse, spec, { t }), usualAt(fine, spec, { t })];
    expect(Math.abs((a?.centre ?? 0) - (b?.centre ?? 1))).toBeLessThan(0.05);
  });

  test('P3: a mad value teaches four scales', () => {
    const spec: SeasonSpec = { ...WEEK, season: 'none' };
    const profile = taught(spec, 7, (_, hour) => hour % 2);
    const before = usualAt(profile, spec, { t: 0 });
    learn(profile, spec, { t: MONDAY + 7 * DAY, v: 1e9, forMs: HOUR });
    const after = usualAt(profile, spec, { t: 0 });
    expect((after?.centre ?? 0) - (before?.centre ?? 0)).toBeLessThan(4 * 0.5 * (1 / 168) + 1e-9);
  });

  test('P4: a bin that never varied has a tenth of the long-term scale, and never less than the floor', () => {
    const profile = taught(WEEK, 28, shape);
    const usual = usualAt(profile, WEEK, { t: MONDAY });
    expect(usual?.scale).toBeGreaterThan(2);
    expect(usual?.scale).toBeLessThan(4);
    expect(usualAt(profile, WEEK, { t: MONDAY, floor: 5 })?.scale).toBe(5);
  });

  test('without a season it is the plain mean and deviation while nothing is forgotten', () => {
    const spec: SeasonSpec = { ...WEEK, season: 'none', memoryMs: Infinity };
    const profile = newProfile(spec);
    for (const [i, v] of [3, 5, 4, 8].entries()) learn(profile, spec, { t: i, v, forMs: 1_000 });
    expect(usualAt(profile, spec, { t: 9 })?.centre).toBeCloseTo(5, 12);
    expect(usualAt(profile, spec, { t: 9 })?.scale).toBeCloseTo(Math.sqrt(3.5), 12);
  });

  test('far from zero it loses no digits', () => {
    const spec: SeasonSpec = { ...WEEK, season: 'none', memoryMs: Infinity };
    const profile = newProfile(spec);
    for (let i = 0; i < 100_000; i += 1) learn(profile, spec, { t: i, v: 1e9 + (i % 2), forMs: 1_000 });
    expect(usualAt(profile, spec, { t: 0 })?.scale).toBeCloseTo(0.5, 6);
  });
});
