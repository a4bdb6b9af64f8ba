import type { AccelRule, PointSpec, RedNeeds } from '@anlan/contracts';
import { createEngine } from '../../engine.js';
import { bench, digest, pointOf, S, T, type Bench } from '../../testing/bench.js';
import { ruleOf } from '../../testing/slope.js';

const HOUR = 3_600;
const DAYS = 60;
/** Displacement of a slope that fails at day 60. */
const failing = (day: number): number => 60 * Math.log(DAYS / (DAYS - day));
const creep = (day: number): number => 0.2 * day;

const at = (id: string, more: Partial<PointSpec> = {}): PointSpec =>
  pointOf(id, { deviceId: `d-${id}`, intervalMs: HOUR * S, min: -9_999, max: 9_999, ...more });
const accelOf = (redNeeds: RedNeeds): AccelRule => ({
  // Angles that are soon reached; the forecast comes to red in the last two days only.
  ...ruleOf({ uniformRate: { value: 0.2, setBy: 'review' }, learn: '6d', tangent: { persist: 0 } }),
  redNeeds,
  scope: { pointIds: ['p', 'q'] },
});

const world = (redNeeds: RedNeeds, q: Partial<PointSpec> = {}): Bench => bench([at('p'), at('q', q)], [accelOf(redNeeds)]);
/** Feeds both hour by hour and returns the levels that each has ever shown. */
function levels(b: Bench, courses: Readonly<Record<'p' | 'q', (day: number) => number>>, days = 57): Readonly<Record<string, string>> {
  const from = b.verdicts.length;
  for (let hour = 1; hour <= days * 24; hour += 1)
    b.send(
      hour * HOUR,
      { t: hour * HOUR, v: courses.p(hour / 24), pointId: 'p' },
      { t: hour * HOUR, v: courses.q(hour / 24), pointId: 'q' },
    );
  const told = b.verdicts.slice(from).filter(({ key }) => key.kind === 'accel');
  return Object.fromEntries(
    ['p', 'q'].map((id) => [id, [...new Set(told.filter(({ key }) => key.pointId === id).map(({ level }) => level))].join(' ')]),
  );
}

describe('red that two points must confirm', () => {
  test('one point alone comes to orange, and says what it waits for', () => {
    const rule = accelOf('2points');
    const orange = rule.levels.filter(({ level }) => level === 'orange').map((level) => ({ ...level, onDelayMs: 15 * 24 * HOUR * S }));
    const b = bench([at('p'), at('q')], [{ ...rule, levels: [...orange, ...rule.levels.filter(({ level }) => level === 'red')] }]);
    expect(levels(b, { p: failing, q: creep })).toEqual({ p: 'normal orange', q: '' });
    expect(b.verdicts.find(({ level }) => level === 'orange')?.reason.zh).toContain('待第二个测点印证');
  });

  test('two points of two devices: red, on both, and says so', () => {
    const b = world('2points');
    const shown = levels(b, { p: failing, q: failing });
    expect([shown['p'], shown['q']]).toEqual([expect.stringMatching(/red$/), expect.stringMatching(/red$/)]);
    const red = b.verdicts.find(({ level }) => level === 'red');
    expect(red?.reason.zh).toContain('另有测点同时达到红色判据');
  });

  test.each([
    ['two axes of one device', { deviceId: 'd-p' }],
    ['points of two sites', { siteId: 'elsewhere' }],
  ])('%s do not confirm each other', (_, q) => {
    expect(levels(world('2points', q), { p: failing, q: failing })['p']).not.toContain('red');
  });

  test('a point that fell silent confirms nothing', () => {
    const b = world('2points');
    for (let hour = 1; hour <= 57 * 24; hour += 1) {
      b.send(hour * HOUR, { t: hour * HOUR, v: failing(hour / 24), pointId: 'p' });
      if (hour <= 30 * 24) b.send(hour * HOUR, { t: hour * HOUR, v: failing(hour / 24 + 26), pointId: 'q' });
    }
    expect(b.verdicts.some(({ key, level }) => key.pointId === 'p' && level === 'red')).toBe(false);
  });

  test('2points|both: angle and forecast of one point are enough as well', () => {
    const alone = { p: failing, q: creep };
    expect(levels(world('2points|both'), alone, 59)['p']).toBe(levels(world('both'), alone, 59)['p']);
  });

  test('a restart in between changes nothing', () => {
    const b = world('2points');
    levels(b, { p: failing, q: failing });
    const half = Math.floor(b.log.length / 2);
    const first = createEngine({ partition: 0, digest });
    const told = b.log
      .slice(0, half)
      .flatMap((record, offset) => first.step({ offset, at: record.at, value: record.value }, record.activations));
    const second = createEngine({ partition: 0, digest });
    second.restore(first.changes().put, b.log[0]?.activations ?? []);
    for (const [i, record] of b.log.slice(half).entries())
      told.push(...second.step({ offset: half + i, at: record.at, value: record.value }, record.activations));
    expect(told.map(({ id }) => id)).toEqual(b.verdicts.map(({ id }) => id));
    expect(b.log[half]?.at).toBeGreaterThan(T);
  });
});
