import { parseTime } from './payload-time.js';

const shanghai = (wallClock: number): number => wallClock - 8 * 3_600_000;
const T = Date.UTC(2025, 9, 9, 8, 53, 20);

describe('times as devices send them', () => {
  test.each<readonly [unknown, number]>([
    [T, T],
    [T / 1000, T],
    [T / 1000 + 0.25, T + 250],
    [T + 0.9, T],
    [String(T), T],
    [String(T / 1000), T],
    ['2025-10-09T08:53:20Z', T],
    ['2025-10-09T08:53:20.000Z', T],
    ['2025-10-09T08:53:20.123456Z', T + 123],
    ['2025-10-09T16:53:20+08:00', T],
    ['2025-10-09T16:53:20+0800', T],
    ['2025-10-09 16:53:20+08', T],
    ['2025-10-09 16:53:20', T],
    ['2025-10-09T16:53:20', T],
    ['2025-10-09 16:53', T - 20_000],
    ['2025-10-09T03:23:20-05:30', T],
    [0, 0],
    ['2024-02-29 08:00:00', Date.UTC(2024, 1, 29)],
  ])('%p', (text, t) => expect(parseTime(text, shanghai)).toBe(t));

  test.each([
    [-1],
    [NaN],
    [Infinity],
    [9e15],
    [''],
    ['now'],
    ['yesterday'],
    ['2025-10-09'],
    ['2025-13-01 00:00:00'],
    ['2025-02-29 00:00:00'],
    ['2100-02-29 00:00:00'],
    ['2025-04-31 00:00:00'],
    ['2025-10-09 24:00:00'],
    ['2025-10-09 10:60:00'],
    ['2025-10-09 10:00:60'],
    ['20251009165320'],
    ['09/10/2025 16:53'],
    ['2025-10-09T16:53:20+99:00'],
    ['2025-10-09T16:53:20 Z'],
    [' 2025-10-09 16:53:20'],
    ['Thu, 09 Oct 2025 08:53:20 GMT'],
    [true],
    [null],
    [{}],
    [[T]],
    ['1'.repeat(50)],
  ])('refuses %p', (text) => expect(parseTime(text, shanghai)).toBeUndefined());

  test('a zone that nobody knows gives no time, but a written offset needs no zone', () => {
    expect(parseTime('2025-10-09 16:53:20', () => undefined)).toBeUndefined();
    expect(parseTime('2025-10-09T08:53:20Z', () => undefined)).toBe(T);
  });
});
