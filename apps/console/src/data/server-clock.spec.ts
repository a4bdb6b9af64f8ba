/** @jest-environment node */
import { countdown, fieldOfMoment, listTime, momentOfField, momentText, spanOf } from './server-clock.js';

const now = Date.parse('2026-01-15T02:14:31+08:00');
const at = (text: string): number => Date.parse(`${text}+08:00`);

describe('time is the duty room’s, whatever the computer thinks', () => {
  test.each([
    ['2026-01-15T02:14:07', '02:14:07'],
    ['2026-01-14T23:58:00', '昨 23:58'],
    ['2026-01-13T23:58:00', '01-13 23:58'],
    ['2025-12-31T23:58:00', '2025-12-31 23:58'],
  ])('%s is listed as %s', (text, shown) => expect(listTime(at(text), now, '昨')).toBe(shown));
  test('records are absolute, with seconds', () => expect(momentText(now)).toBe('2026-01-15 02:14:31'));
  test('a field of local time goes both ways', () =>
    expect(momentOfField(fieldOfMoment(at('2026-01-15T04:00:00')))).toBe(at('2026-01-15T04:00:00')));
  test('countdowns never go below zero', () =>
    expect([countdown(96_000), countdown(-5), countdown(7_389_000)]).toEqual(['1:36', '0:00', '2:03:09']));
  test('spans in two units', () =>
    expect([spanOf(24_000), spanOf(8_040_000), spanOf(100_000_000)]).toEqual([
      { unit: 's', a: 24, b: 0 },
      { unit: 'h', a: 2, b: 14 },
      { unit: 'd', a: 1, b: 3 },
    ]));
});
