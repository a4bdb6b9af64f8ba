import { SeriesUnavailable } from '@anlan/ports';
import { tablesOf } from './answer.js';

const table = (point: string, values: readonly (readonly unknown[])[], partial?: true): unknown => ({
  name: 'reading',
  tags: { point },
  columns: ['time', 'v'],
  values,
  ...(partial && { partial }),
});
const line = (...results: readonly unknown[]): string => JSON.stringify({ results });

describe('answers of the series store', () => {
  test('in parts: tables that go on are one, also where a part ends with a table', () => {
    const text = [
      line({ statement_id: 0, series: [table('a', [[1, 1], [2, 2]], true)], partial: true }), // prettier-ignore
      line({ statement_id: 0, series: [table('a', [[3, 3]])], partial: true }),
      line({ statement_id: 0, series: [table('b', [[4, 4]])] }),
      line({ statement_id: 1 }),
    ].join('\n');
    const [first = [], second] = tablesOf(`${text}\n`, 2);
    expect(first.map(({ tags, values }) => [tags?.['point'], values])).toEqual([
      ['a', [[1, 1], [2, 2], [3, 3]]], // prettier-ignore
      ['b', [[4, 4]]],
    ]);
    expect(second).toEqual([]);
  });

  test('in one piece, from a store that knows no parts', () => {
    expect(tablesOf(line({ series: [table('a', [[1, 1]])] }, {}), 2)).toMatchObject([[{ values: [[1, 1]] }], []]);
  });

  test.each([
    ['a table that should go on', line({ statement_id: 0, series: [table('a', [[1, 1]], true)] })],
    ['a table that another takes the place of', line({ series: [table('a', [[1, 1]], true), table('b', [[1, 1]])] })],
    ['a statement that should go on', line({ statement_id: 0, series: [table('a', [[1, 1]])], partial: true })],
    ['a statement too few', JSON.stringify({ results: [] })],
    ['a failed statement', line({ statement_id: 0, error: 'no' })],
    ['a failure after a part', `${line({ statement_id: 0 })}\n{"error":"no"}`],
  ])('refused: %s', (_what, text) => {
    expect(() => tablesOf(text, 1)).toThrow(SeriesUnavailable);
  });
});
