import { parseLadder, type LadderTerms } from './parse-ladder.js';
import type { Ground } from './rule-ground.js';
import { collector, type Body } from './shape.js';

const ground: Ground = {
  common: { id: 'r', version: 1, enabled: true, scope: { pointIds: ['p'] } },
  points: [{ metricSpan: 20, intervalMs: 60_000 }],
  rules: undefined,
};

function read(body: Body, terms: LadderTerms): unknown {
  const place = collector('');
  const part = parseLadder(place, body, ground, terms);
  return place.faults.length > 0 ? place.faults.map(({ path, code }) => `${path} ${code}`) : part;
}

const step = { deadband: 0.4, onDelayMs: 0, offDelayMs: 0, onCount: 1, offCount: 1, latching: false };

describe('parseLadder', () => {
  test('the short form is one level at the limit of its kind', () => {
    expect(read({ level: 'orange', onDelay: '15m', offCount: 2 }, { side: 'high', at: 4 })).toEqual({
      side: 'high',
      quality: 'pause',
      levels: [{ level: 'orange', at: 4, ...step, onDelayMs: 900_000, offCount: 2 }],
    });
  });

  test('two-sided, the short form means the limit on both sides', () => {
    expect(read({ level: 'blue' }, { side: 'both', at: 4 })).toMatchObject({
      levels: [{ level: 'blue', high: 4, low: -4, deadband: 0.4 }],
    });
  });

  test('levels are sorted by gravity; the deadband of a score is a tenth of its limit unless the kind or the writer says otherwise', () => {
    const levels = [
      { level: 'red', at: -8 },
      { level: 'blue', at: -4, deadband: 3 },
    ];
    expect(read({ levels, quality: 'hold', maxGap: '5x' }, { side: 'low' })).toMatchObject({
      quality: 'hold',
      maxGapMs: 300_000,
      levels: [
        { level: 'blue', deadband: 3 },
        { level: 'red', deadband: 0.8 },
      ],
    });
    expect(read({ levels }, { side: 'low', deadband: 0.5 })).toMatchObject({ levels: [{}, { deadband: 4 }] });
    expect(read({ levels }, { side: 'low', deadband: 'ofSpan' })).toMatchObject({ levels: [{}, { deadband: 0.2 }] });
  });

  test.each<[string, Body, LadderTerms, readonly string[]]>([
    ['the short form where the kind has none', { level: 'blue' }, { side: 'high' }, ['/levels levels']],
    [
      'both forms',
      { level: 'blue', onDelay: '1m', levels: [{ level: 'blue', at: 1 }] },
      { side: 'high', at: 4 },
      ['/level levels', '/onDelay levels'],
    ],
    ['no level at all', {}, { side: 'high', at: 4 }, ['/levels levels']],
    ['a colour that is none', { level: 'green', offDelay: '-1s' }, { side: 'high', at: 4 }, ['/level choice', '/offDelay duration_range']],
    ['a deadband as wide as the short form', { level: 'blue', deadband: 4 }, { side: 'both', at: 4 }, [' level_room']],
  ])('refuses %s', (_name, body, terms, faults) => {
    expect(read(body, terms)).toEqual(faults);
  });
});
