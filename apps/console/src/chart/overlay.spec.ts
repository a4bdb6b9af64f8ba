/** @jest-environment node */
import type { EvidenceJson } from '@anlan/contracts';
import { inverseVelocityOf, overlaysOf, reachOf } from './overlay.js';

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
    { name: 'centre', points: [] },
  ],
};

describe('what a rule saw', () => {
  test('lines of the readings are drawn over them, the inverse velocity in a chart of its own, empty lines not at all', () => {
    const overlays = overlaysOf(evidence, (name) => `<${name}>`);
    expect(overlays.map(({ name, word }) => [name, word])).toEqual([['forecast', '<forecast>']]);
    expect(inverseVelocityOf(evidence)?.y).toEqual([3, 2]);
  });
  test('the chart reaches as far as the forecast', () => {
    expect(reachOf(overlaysOf(evidence, String))).toEqual({ values: [2, 7], to: 3_600_000 });
    expect(reachOf([]).to).toBe(-Infinity);
  });
  test('without evidence nothing is drawn', () => {
    expect(overlaysOf(null, String)).toEqual([]);
    expect(inverseVelocityOf(null)).toBeNull();
  });
});
