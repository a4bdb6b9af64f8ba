import { cellNumber, cellTime, devicesOf, readReplayMap } from './replay-map.js';
import { histogram } from './histogram.js';
import { loadBundle } from './load-bundle.js';

const columns = { a: { device: 'd1', metric: 'm' } };

test('a map gets its defaults, and names its devices once', () => {
  const { map } = readReplayMap({
    time: { column: 'at' },
    columns: { ...columns, b: { device: 'd1', metric: 'n', factor: 0.1, plus: -3 } },
  });
  expect(map).toEqual({
    time: { column: 'at', format: 'iso', offsetMinutes: 0 },
    where: {},
    columns: { a: { device: 'd1', metric: 'm', factor: 1, plus: 0 }, b: { device: 'd1', metric: 'n', factor: 0.1, plus: -3 } },
  });
  expect(map && devicesOf(map)).toEqual(['d1']);
});

test('all faults of a map come at once, with their paths', () => {
  const { faults } = readReplayMap({
    time: { format: 'julian', utcOffset: 'east' },
    where: { s: 1 },
    columns: { a: { device: 'd' }, b: { device: 'd', metric: 'm', factor: 'x' } },
  });
  expect(faults.map(({ path }) => path)).toEqual([
    '/time/column',
    '/time/format',
    '/time/utcOffset',
    '/where/s',
    '/columns/a',
    '/columns/b/factor',
  ]);
  expect(readReplayMap('x').faults).toHaveLength(1);
  expect(readReplayMap({ time: { column: 't' } }).faults.map(({ path }) => path)).toEqual(['/columns']);
});

test.each([
  ['2022-05-09T00:01:00Z', 0, Date.UTC(2022, 4, 9, 0, 1)],
  ['2022-05-09T08:01:00+08:00', 0, Date.UTC(2022, 4, 9, 0, 1)],
  ['2022-05-09 08:01:00', 480, Date.UTC(2022, 4, 9, 0, 1)],
  ['2022-05-09T00:01', 0, Date.UTC(2022, 4, 9, 0, 1)],
  ['2022-05-09T00:01:00.5', 0, Date.UTC(2022, 4, 9, 0, 1, 0, 500)],
  ['9 May 2022', 0, undefined],
  ['', 0, undefined],
])('time %s at %i min', (text, offsetMinutes, expected) => {
  expect(cellTime(text, { column: 't', format: 'iso', offsetMinutes })).toBe(expected);
});

test('times as numbers', () => {
  expect(cellTime('1700000000', { column: 't', format: 's', offsetMinutes: 0 })).toBe(1_700_000_000_000);
  expect(cellTime('1700000000123', { column: 't', format: 'ms', offsetMinutes: 0 })).toBe(1_700_000_000_123);
  expect(cellTime('now', { column: 't', format: 'ms', offsetMinutes: 0 })).toBeUndefined();
});

test.each([
  ['1.5', 1.5],
  [' -2e3 ', -2000],
  ['.5', 0.5],
  ['NaN', undefined],
  ['0x10', undefined],
  ['1,5', undefined],
  ['', undefined],
  ['Infinity', undefined],
])('cell "%s"', (text, expected) => {
  expect(cellNumber(text)).toBe(expected);
});

test('quantiles are right to 1 %, and memory does not grow', () => {
  const counts = histogram();
  expect(counts.quantile(0.5)).toBe(0);
  for (let ms = 1; ms <= 10_000; ms += 1) counts.add(ms / 10);
  expect(counts.count()).toBe(10_000);
  expect(Math.abs(counts.quantile(0.5) - 500) / 500).toBeLessThan(0.011);
  expect(Math.abs(counts.quantile(0.99) - 990) / 990).toBeLessThan(0.011);
  expect(counts.quantile(1)).toBe(1000);
  expect(counts.max()).toBe(1000);
});

test('a load bundle spreads its devices over its sites, and every point has one rule', () => {
  const bundle = loadBundle({ devices: 10, sites: 4, secret: 'x'.repeat(16) }) as unknown as Record<
    'sites' | 'devices' | 'points',
    { id: string }[]
  > & { rules: { pointIds: string[] }[] };
  expect([bundle.sites.length, bundle.devices.length, bundle.points.length]).toEqual([4, 10, 10]);
  expect(bundle.rules.flatMap((rule) => rule.pointIds).sort()).toEqual(bundle.points.map((point) => point.id).sort());
  expect(loadBundle({ devices: 2, sites: 64, secret: 'x'.repeat(16) })['sites']).toHaveLength(2);
});
