import { parseRule } from './parse-rule.js';

const points = new Map([['p', { intervalMs: 60_000 }]]);
const parsed = (more: object) =>
  parseRule({ id: 'r', kind: 'threshold', pointId: 'p', levels: [{ level: 'red', at: 1 }], ...more }, { path: '', version: 1, points });
const faults = (more: object) => {
  const outcome = parsed(more);
  return 'faults' in outcome ? outcome.faults.map(({ path, code }) => `${path} ${code}`) : [];
};

test('hours and modes are read, with China’s time and every day where nothing is said', () => {
  expect(parsed({ active: { from: '08:00', to: '24:00' }, modes: ['refuelling', 'normal', 'normal'] })).toMatchObject({
    rule: { active: [{ days: [1, 2, 3, 4, 5, 6, 7], fromMin: 480, toMin: 1_440, offsetMin: 480 }], modes: ['normal', 'refuelling'] },
  });
  expect(parsed({ active: [{ days: [6, 5], from: '22:30', to: '06:00', offset: '-03:30' }] })).toMatchObject({
    rule: { active: [{ days: [5, 6], fromMin: 1_350, toMin: 360, offsetMin: -210 }] },
  });
});

test('what is not understood is refused at its place', () => {
  expect(faults({ active: { from: '8:00', to: '24:01', days: [0], offset: '+8', zone: 'x' } })).toEqual([
    '/active/zone key_unknown',
    '/active/days days',
    '/active/from time_of_day',
    '/active/to time_of_day',
    '/active/offset offset',
  ]);
  expect(faults({ active: [] })).toEqual(['/active windows']);
  expect(faults({ active: [null] })).toEqual(['/active/0 shape']);
  expect(faults({ active: { from: '24:00', to: '08:00' } })).toEqual(['/active/from time_of_day']);
  expect(faults({ modes: [] })).toEqual(['/modes modes']);
  expect(faults({ modes: ['a b'] })).toEqual(['/modes modes']);
  const health = parseRule({ id: 'h', kind: 'health', pointId: 'p', modes: ['normal'] }, { path: '', version: 1, points });
  expect(health).toMatchObject({ faults: [{ path: '/modes', code: 'key_unknown' }] });
});
