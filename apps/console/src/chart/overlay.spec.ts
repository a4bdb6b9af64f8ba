/** @jest-environment node */
import type { EvidenceJson } from '@anlan/contracts';
import { inverseVelocityOf, keepApart, overlaysOf, reachOf } from './overlay.js';

const at = (min: number): string => new Date(min * 60_000).toISOString();
const evidence: EvidenceJson = {
  from: at(0),
  to: at(10),
  numbers: {},
  lines: [
    {
      name: 'forecast',
      points: [
        { t: at(10), v: 2 },
        { t: at(60), v: 7 },
      ],
    },
    {
      name: 'inverse_velocity',
      points: [
        { t: at(0), v: 3 },
        { t: at(5), v: 2 },
      ],
    },
    {
      name: 'inverse_velocity',
      points: [
        { t: at(5), v: 2 },
        { t: at(15), v: 0 },
      ],
    },
    { name: 'centre', points: [] },
  ],
};

describe('what a rule saw', () => {
  test('lines of the readings are drawn over them, the inverse velocity in a chart of its own, empty lines not at all', () => {
    const overlays = overlaysOf(evidence, (name) => `<${name}>`);
    expect(overlays.map(({ name, word }) => [name, word])).toEqual([['forecast', '<forecast>']]);
  });
  test('the inverse velocity comes with its fit to where it meets zero, or without where none was found', () => {
    const found = inverseVelocityOf(evidence, 'fit');
    expect(found?.lines.y).toEqual([3, 2]);
    expect(found?.lines.values).toContain(0);
    expect(found?.fit).toMatchObject([{ word: 'fit', points: [{ v: 2 }, { t: 900_000, v: 0 }] }]);
    expect(inverseVelocityOf({ ...evidence, lines: evidence.lines.slice(0, 2) }, 'fit')?.fit).toEqual([]);
  });
  test('the chart reaches as far as the forecast', () => {
    expect(reachOf(overlaysOf(evidence, String))).toEqual({ values: [2, 7], to: 3_600_000 });
    expect(reachOf([]).to).toBe(-Infinity);
  });
  test('without evidence nothing is drawn', () => {
    expect(overlaysOf(null, String)).toEqual([]);
    expect(inverseVelocityOf(null, '')).toBeNull();
  });
  test('names at the right end keep their order and a row between them, inside of the plot', () => {
    const room = { row: 10, top: 0, bottom: 100 };
    expect(keepApart([50, 20, 80], room)).toEqual([50, 20, 80]);
    expect(keepApart([52, 50, 51], room)).toEqual([70, 50, 60]);
    expect(keepApart([98, 99, 97], room)).toEqual([90, 100, 80]);
    expect(keepApart([-5, -6], room)).toEqual([10, 0]);
  });
});
