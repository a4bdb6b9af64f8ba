/** @jest-environment node */
import { alarmFixture } from '../sheet/fixtures.js';
import { SILENCE_RED_MS, siren, wantedTone, type Player } from './siren.js';
import { PATTERNS, TONES, samplesOf } from './tones.js';

function stage(unlocks = true) {
  const log: string[] = [];
  const player: Player = { play: (tone) => log.push(tone), stop: () => log.push('stop'), unlock: () => Promise.resolve(unlocks) };
  return { log, sound: siren(player) };
}
const red = alarmFixture({ id: 'r', level: 'red' });

describe('siren', () => {
  test('the gravest unseen alarm sounds; seen, shelved, closed and recorded ones do not', () => {
    expect(wantedTone([alarmFixture(), red], false)).toBe('red');
    expect(wantedTone([alarmFixture()], true)).toBe('orange');
    expect(
      wantedTone(
        [
          alarmFixture({ ack: 'acked' }),
          alarmFixture({ suppression: 'shelved' }),
          alarmFixture({ work: 'closed' }),
          alarmFixture({ retrospective: true }),
          alarmFixture({ level: 'blue' }),
        ],
        false,
      ),
    ).toBeNull();
    expect(wantedTone([], true)).toBe('link_lost');
  });
  test('alarms that were open before the sound was turned on sound too', async () => {
    const { log, sound } = stage();
    sound.watch([red], false, 0);
    expect(log).toEqual([]);
    await sound.turn(true);
    sound.watch([red], false, 1);
    expect(log.at(-1)).toBe('red');
  });
  test('silence ends by itself, and at once for anything new', async () => {
    const { sound } = stage();
    await sound.turn(true);
    sound.watch([red], false, 0);
    sound.silence(0);
    sound.watch([red], false, SILENCE_RED_MS - 1);
    expect(sound.get().playing).toBeNull();
    sound.watch([red], false, SILENCE_RED_MS);
    expect(sound.get().playing).toBe('red');
    sound.silence(SILENCE_RED_MS);
    sound.watch([red, alarmFixture({ id: 'o' })], false, SILENCE_RED_MS + 1);
    expect(sound.get().playing).toBe('red');
  });
  test('an acknowledgement stops it', async () => {
    const { sound } = stage();
    await sound.turn(true);
    sound.watch([red], false, 0);
    sound.watch([{ ...red, ack: 'acked' }], false, 1);
    expect(sound.get().playing).toBeNull();
  });
  test('a browser that keeps it locked is told as such', async () => {
    const { sound } = stage(false);
    await sound.turn(true);
    expect(sound.get().sound).toBe('blocked');
  });
  test.each(TONES)('%s: samples are within bounds, as long as a round, and begin and end softly', (tone) => {
    const samples = samplesOf(tone, 8_000);
    const { everyMs } = PATTERNS[tone];
    if (everyMs !== null) expect(samples).toHaveLength((everyMs / 1_000) * 8_000);
    expect(samples.some((v) => v > 0.3)).toBe(true);
    expect(samples.every((v) => Math.abs(v) <= 1)).toBe(true);
    expect(Math.abs(samples[0] ?? 1)).toBeLessThan(0.05);
  });
});
