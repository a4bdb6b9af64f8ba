import { zoneClock } from './zone.js';

const wall = (text: string): number => Date.parse(`${text}Z`);
const utc = (text: string): number => Date.parse(`${text}Z`);

describe('wall clocks of zones', () => {
  test.each([
    ['Asia/Shanghai', '2025-10-09T16:53:20.125', '2025-10-09T08:53:20.125'],
    ['UTC', '2025-10-09T16:53:20', '2025-10-09T16:53:20'],
    ['Asia/Kolkata', '2025-10-09T05:30:00', '2025-10-09T00:00:00'],
    ['America/New_York', '2025-01-15T12:00:00', '2025-01-15T17:00:00'],
    ['America/New_York', '2025-07-15T12:00:00', '2025-07-15T16:00:00'],
    // 02:30 does not exist that night: it moves on by the hour that is skipped.
    ['America/New_York', '2025-03-09T02:30:00', '2025-03-09T07:30:00'],
    // 01:30 happens twice: the first is meant.
    ['America/New_York', '2025-11-02T01:30:00', '2025-11-02T05:30:00'],
    ['America/New_York', '2025-11-02T02:30:00', '2025-11-02T07:30:00'],
    ['Australia/Lord_Howe', '2025-10-05T12:00:00', '2025-10-05T01:00:00'],
    // China had summer time until 1991.
    ['Asia/Shanghai', '1990-07-01T12:00:00', '1990-07-01T03:00:00'],
  ])('%s %s is %s UTC', (zone, local, moment) => expect(zoneClock(zone)(wall(local))).toBe(utc(moment)));

  test('an unknown zone gives no time', () => expect(zoneClock('Mars/Base')(0)).toBeUndefined());

  test('every hour of a year maps to a moment that reads back as that hour, but for the skipped one', () => {
    const toUtc = zoneClock('Europe/Berlin');
    const berlin = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'medium' });
    let wrong = 0;
    for (let hour = wall('2025-01-01T00:00:00'); hour < wall('2026-01-01T00:00:00'); hour += 3_600_000) {
      const moment = toUtc(hour) ?? 0;
      const back = berlin.format(moment);
      if (wall(back.replace(' ', 'T')) !== hour) wrong += 1;
    }
    expect(wrong).toBe(1);
  });
});
