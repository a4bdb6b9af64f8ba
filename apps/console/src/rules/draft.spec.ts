/** @jest-environment node */
import { asNumbers, bodyOf, draftOf, freshLevel, patchOf } from './draft.js';
import { numbersOf, writtenOf } from './body.js';

const RULE = {
  id: 'r-1',
  kind: 'threshold',
  pointId: 'p-1',
  side: 'high',
  levels: [
    { level: 'yellow', at: { times: 0.8, of: 'red' }, onDelay: '10s' },
    { level: 'red', at: 5, deadband: 0.5, latching: true },
  ],
  active: { days: [1, 2], from: '08:00', to: '18:00', offset: '+08:00' },
};

describe('a rule in the form', () => {
  test('untouched it comes to what was written, the gravest level first', () => {
    expect(bodyOf(draftOf(RULE), RULE)).toEqual({
      ...RULE,
      active: [RULE.active],
      levels: [
        { level: 'red', at: 5, deadband: 0.5, latching: true },
        { level: 'yellow', at: { times: 0.8, of: 'red' }, onDelay: '10s' },
      ],
    });
  });
  test('what is no number stays a text, so that it is refused at its own field', () => {
    const draft = draftOf(RULE);
    const levels = draft.levels.map((level, i) => (i === 0 ? { ...level, at: 'much', onCount: '3' } : level));
    expect(bodyOf({ ...draft, levels }, RULE)['levels']).toMatchObject([{ at: 'much', onCount: 3 }, { at: { times: 0.8 } }]);
  });
  test('a reference becomes the numbers that it came to only when asked', () => {
    const draft = draftOf(RULE);
    const levels = draft.levels.map((level) => (level.level === 'yellow' ? asNumbers(level, { level: 'yellow', at: 4 }) : level));
    expect(bodyOf({ ...draft, levels }, RULE)['levels']).toMatchObject([{ at: 5 }, { level: 'yellow', at: 4 }]);
    expect(numbersOf(RULE, { limits: [{ level: 'yellow', at: 4 }] })).toEqual([
      { level: 'yellow', at: 4 },
      { level: 'red', at: 5 },
    ]);
  });
  test('keys of other kinds keep their types, and what is not JSON is left to the platform', () => {
    const rate = {
      id: 'r',
      kind: 'rate',
      pointId: 'p',
      window: '10m',
      minCoverage: 0.7,
      minSignal: { sd: 3 },
      levels: [{ level: 'red', at: 1 }],
    };
    const draft = draftOf(rate);
    expect(draft.params).toEqual({ window: '10m', minCoverage: '0.7', minSignal: '{"sd":3}' });
    const params = { ...draft.params, minCoverage: '0.5', minSignal: '{sd' };
    expect(bodyOf({ ...draft, params }, rate)).toMatchObject({ window: '10m', minCoverage: 0.5, minSignal: '{sd' });
  });
  test('a patch carries what differs; null takes away', () => {
    expect(patchOf({ id: 'r', name: 'a', source: 's' }, { id: 'r', name: 'b' })).toEqual({ name: 'b', source: null });
    expect(patchOf(RULE, RULE)).toEqual({});
  });
  test('a new level has the manner of its neighbours and no number', () => {
    expect(freshLevel(draftOf(RULE))).toMatchObject({ level: 'orange', at: '', deadband: '0.5', latching: false, reference: null });
  });
  test('the hours stand apart from whether the version is active', () => {
    expect(writtenOf({ id: 'r', active: true, schedule: RULE.active, version: 3, authorName: 'x' })).toEqual({
      id: 'r',
      active: RULE.active,
    });
    expect(writtenOf({ id: 'r', active: true })).toEqual({ id: 'r' });
  });
});
