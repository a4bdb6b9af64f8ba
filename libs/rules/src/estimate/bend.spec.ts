import { normal } from '../testing/noise.js';
import { restOf } from './bend.js';

const points = (course: (i: number) => number) => {
  const ts = Array.from({ length: 73 }, (_, i) => i * 60_000);
  return { ts, vs: ts.map((_, i) => course(i)) };
};

describe('where a course comes to rest', () => {
  test.each([0.02, 0.05, 0.1])('an exponential approach is extrapolated to its end, rate %f', (rate) => {
    const rest = restOf(
      points((i) => 7 - 3 * Math.exp(-rate * i)),
      { sigma: 0.001, nEff: 72 },
    );
    expect(Math.abs((rest ?? 0) - 7)).toBeLessThan(0.1);
    const falling = restOf(
      points((i) => -7 + 3 * Math.exp(-rate * i)),
      { sigma: 0.001, nEff: 72 },
    );
    expect(Math.abs((falling ?? 0) + 7)).toBeLessThan(0.1);
  });

  test('a straight or accelerating course does not come to rest, nor does one whose bend may be chance', () => {
    const m = normal(74);
    const noise = { sigma: 0.1, nEff: 72 };
    expect(
      restOf(
        points((i) => i * 0.1 + 0.1 * m()),
        noise,
      ),
    ).toBeUndefined();
    expect(
      restOf(
        points((i) => (i / 20) ** 2),
        noise,
      ),
    ).toBeUndefined();
    expect(
      restOf(
        points((i) => 7 - 0.1 * Math.exp(-0.02 * i) + 0.1 * m()),
        noise,
      ),
    ).toBeUndefined();
  });

  test('one that has turned has come to rest where it is', () => {
    const turned = points((i) => 5 - ((i - 40) / 20) ** 2);
    expect(restOf(turned, { sigma: 0.01, nEff: 72 })).toBeLessThan(5);
  });

  test('by chance a straight course is taken for a slowing one in fewer than 4 of 100 windows', () => {
    const m = normal(75);
    let slowing = 0;
    for (let w = 0; w < 1_000; w += 1)
      if (
        restOf(
          points((i) => i * 0.1 + m()),
          { sigma: 1, nEff: 73 },
        ) !== undefined
      )
        slowing += 1;
    expect(slowing).toBeLessThan(40);
  });
});
