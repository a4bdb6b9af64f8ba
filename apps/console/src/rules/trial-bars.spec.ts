/** @jest-environment node */
import type { EpisodeJson } from '@anlan/contracts';
import { barsOf, medianLaterS, percentOf, pointsOf, type Difference } from './trial-bars.js';

const time = (h: number): string => new Date(h * 3_600_000).toISOString();
const SPAN = { from: 0, to: 100 * 3_600_000 };

function episode(h: number, change: Partial<EpisodeJson> = {}): EpisodeJson {
  return {
    pointId: 'p-1',
    ruleId: 'r-1',
    kind: 'threshold',
    retrospective: false,
    firstBreachAt: time(h - 1),
    raisedAt: time(h),
    endedAt: time(h + 2),
    level: 'orange',
    peak: 'orange',
    value: 1,
    unit: 'm',
    reason: { zh: '', en: '' },
    changes: [],
    ...change,
  };
}
const NONE = { blue: 0, yellow: 0, orange: 0, red: 0 };
const difference = (part: Partial<Difference>): Difference => ({
  before: NONE,
  now: NONE,
  shared: [],
  onlyBefore: [],
  onlyNow: [],
  ...part,
});

test('what only one version says is marked, and what both say stands on both lanes, the other shifted by its delay', () => {
  const [same, gained, lost] = [episode(10), episode(50), episode(80)];
  const bars = barsOf(
    { episodes: [same, gained] },
    difference({
      onlyNow: [gained],
      onlyBefore: [lost],
      shared: [{ pointId: 'p-1', raisedAt: same.raisedAt, laterS: 1_800, before: 'red', now: 'orange' }],
    }),
    SPAN,
  );
  expect(bars.map(({ lane, sort, level, from }) => [lane, sort, level, from / 3_600_000])).toEqual([
    ['before', 'same', 'red', 9.5],
    ['now', 'same', 'orange', 10],
    ['now', 'gained', 'orange', 50],
    ['before', 'lost', 'orange', 80],
  ]);
});
test('late findings warned nobody and are left out; what has not ended goes to the end', () => {
  const bars = barsOf({ episodes: [episode(1, { retrospective: true }), episode(2, { endedAt: null })] }, null, SPAN);
  expect(bars.map(({ from, to }) => [from, to])).toEqual([[7_200_000, SPAN.to]]);
});
test('points that differ come first, and those left out are counted', () => {
  const same = Array.from({ length: 5 }, (_, i) => episode(i + 1, { pointId: 'calm' }));
  const bars = barsOf({ episodes: [...same, episode(9)] }, difference({ onlyNow: [episode(9)] }), SPAN);
  expect(pointsOf(bars, 1)).toEqual({ shown: ['p-1'], left: 1 });
});
test('the usual delay is the median, and a moment outside stays at the edge', () => {
  const shared = [-60, 0, 600].map((laterS) => ({ pointId: 'p', raisedAt: time(1), laterS, before: 'red' as const, now: 'red' as const }));
  expect(medianLaterS({ shared })).toBe(0);
  expect(medianLaterS({ shared: [] })).toBeNull();
  expect([percentOf(-5, SPAN), percentOf(SPAN.to / 2, SPAN), percentOf(SPAN.to * 2, SPAN)]).toEqual([0, 50, 100]);
});
