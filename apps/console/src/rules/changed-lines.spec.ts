import { changedLines } from './changed-lines.js';

test('what differs is told value by value, levels by their colour whatever their order', () => {
  const before = {
    id: 'r',
    enabled: true,
    levels: [
      { level: 'red', at: 5 },
      { level: 'blue', at: 1 },
    ],
  };
  const after = {
    id: 'r',
    levels: [
      { level: 'blue', at: 1 },
      { level: 'red', at: 6 },
    ],
    name: '新',
  };
  expect(changedLines(before, after)).toEqual([
    { key: 'enabled', was: 'true', is: null },
    { key: 'levels.red.at', was: '5', is: '6' },
    { key: 'name', was: null, is: '新' },
  ]);
});

test('versions of a limit go by the day, in Shanghai, from which they hold', () => {
  const version = (day: string, red: number) => ({ from: Date.parse(`${day}T00:00:00Z`), red });
  expect(
    changedLines({ versions: [version('2026-01-01', 5)] }, { versions: [version('2026-01-01', 5), version('2026-06-01', 7)] }),
  ).toEqual([
    { key: 'versions.2026-06-01.from', was: null, is: '2026-06-01 08:00:00' },
    { key: 'versions.2026-06-01.red', was: null, is: '7' },
  ]);
});
