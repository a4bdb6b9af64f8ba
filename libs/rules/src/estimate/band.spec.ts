import type { BandSpec, SeasonSpec } from '@anlan/contracts';
import fc from 'fast-check';
import type { Input } from '../detector.js';
import { createBand, type Band, type BandState } from './band.js';
import { quantileOf } from './quantile.js';
import type { Usual } from './seasonal.js';

const MINUTE = 60_000;
const none: SeasonSpec = { season: 'none', zoneOffsetMs: 0 };
const specOf = (more: Partial<BandSpec>): BandSpec => ({
  season: none,
  learn: { rows: 20 },
  adapt: 'frozen',
  centre: 'mean',
  scale: 'sd',
  minScale: 0,
  learnWhileOpen: false,
  ...more,
});

type Fed = Readonly<{ v: number; gapMs?: number; certain?: boolean; open?: boolean }>;

function feeder(band: Band): Readonly<{ state: BandState; feed(fed: Fed): Usual | undefined }> {
  const state = band.start();
  let t = 0;
  return {
    state,
    feed({ v, gapMs = MINUTE, certain = true, open = false }) {
      const input: Input = { t: (t += gapMs), v, certain, open, gapMs: t === gapMs ? Infinity : gapMs, intervalMs: MINUTE };
      return band.step(state, input);
    },
  };
}

/** −1, 1, −1 … : mean 0, deviation 1. */
const swing = (i: number): number => (i % 2 ? 1 : -1);

describe('learning', () => {
  test('B1, B2: the band of a reading is what was known before it, and there is none until enough was seen', () => {
    const { feed } = feeder(createBand(specOf({})));
    for (let i = 0; i < 20; i += 1) expect(feed({ v: swing(i) })).toBeUndefined();
    const band = feed({ v: 50 });
    expect(band?.centre).toBeCloseTo(0, 12);
    expect(band?.scale).toBeCloseTo(1, 12);
    expect(feed({ v: 50 })).toEqual(band);
  });

  test('B1: a duration counts time with readings, not silence, and never fewer than twenty readings', () => {
    const { feed } = feeder(createBand(specOf({ learn: { forMs: 30 * MINUTE } })));
    for (let i = 0; i < 10; i += 1) feed({ v: swing(i) });
    expect(feed({ v: 1, gapMs: 600 * MINUTE })).toBeUndefined();
    for (let i = 0; i < 17; i += 1) expect(feed({ v: swing(i) })).toBeUndefined();
    expect(feed({ v: 0 })).toBeDefined();
    const sparse = feeder(createBand(specOf({ learn: { forMs: 30 * MINUTE } })));
    for (let i = 0; i < 20; i += 1) expect(sparse.feed({ v: swing(i), gapMs: 3 * MINUTE })).toBeUndefined();
    expect(sparse.feed({ v: 0, gapMs: 3 * MINUTE })).toBeDefined();
  });

  test('B3: nothing is learned from uncertain readings nor while an alarm is open', () => {
    const spec = specOf({ adapt: 'slow', learn: { forMs: 30 * MINUTE } });
    const { state, feed } = feeder(createBand(spec));
    for (let i = 0; i < 40; i += 1) feed({ v: swing(i) });
    const before = JSON.stringify(state);
    for (let i = 0; i < 100; i += 1) feed({ v: 9, open: true });
    for (let i = 0; i < 100; i += 1) feed({ v: 9, certain: false });
    expect(JSON.stringify(state)).toBe(before);
    const eager = feeder(createBand({ ...spec, learnWhileOpen: true }));
    for (let i = 0; i < 40; i += 1) eager.feed({ v: swing(i) });
    for (let i = 0; i < 300; i += 1) eager.feed({ v: 9, open: true });
    expect(eager.feed({ v: 9 })?.centre).toBeGreaterThan(5);
  });

  test('followed slowly, it moves with the point and forgets', () => {
    const { feed } = feeder(createBand(specOf({ adapt: 'slow', learn: { forMs: 60 * MINUTE } })));
    for (let i = 0; i < 100; i += 1) feed({ v: swing(i) });
    for (let i = 0; i < 600; i += 1) feed({ v: 2 + swing(i) });
    expect(feed({ v: 2 })?.centre).toBeCloseTo(2, 1);
  });

  test('B4: what was learned outlives a year of silence', () => {
    const { feed } = feeder(createBand(specOf({})));
    for (let i = 0; i < 20; i += 1) feed({ v: swing(i) });
    expect(feed({ v: 0, gapMs: 525_600 * MINUTE })?.scale).toBeCloseTo(1, 12);
  });
});

describe('quantiles', () => {
  test('median and median absolute deviation of what was learned, untouched by outliers', () => {
    const { feed } = feeder(createBand(specOf({ centre: 0.5, scale: 'mad', learn: { rows: 200 } })));
    for (let i = 0; i < 200; i += 1) feed({ v: i % 10 === 0 ? 1e6 : (i % 7) - 3 });
    const band = feed({ v: 0 });
    expect(Math.abs(band?.centre ?? 9)).toBeLessThan(1);
    expect(band?.scale).toBeGreaterThan(2);
    expect(band?.scale).toBeLessThan(4.5);
  });

  test('a trailing window gives the quantile of its bins', () => {
    const { feed } = feeder(createBand(specOf({ adapt: { windowMs: 100 * MINUTE }, centre: 0.1, learn: { forMs: 50 * MINUTE } })));
    const values = Array.from({ length: 400 }, (_, i) => (i * 37) % 101);
    const bands = values.map((v) => feed({ v }));
    expect(bands.slice(0, 49).every((band) => band === undefined)).toBe(true);
    const last = values.slice(-101, -1).sort((a, b) => a - b);
    // The bin of the newest reading is not over yet.
    expect(Math.abs((bands.at(-1)?.centre ?? 0) - quantileOf(last, 0.1))).toBeLessThan(1.5);
  });

  test('B3: a leak that stands does not become the background; without the freeze it would', () => {
    const spec = specOf({ adapt: { windowMs: 60 * MINUTE }, centre: 0.1, learn: { forMs: 60 * MINUTE } });
    const { feed } = feeder(createBand(spec));
    for (let i = 0; i < 200; i += 1) feed({ v: 2 });
    for (let i = 0; i < 500; i += 1) feed({ v: 9, open: true });
    expect(feed({ v: 9, open: true })?.centre).toBe(2);
    const eager = feeder(createBand({ ...spec, learnWhileOpen: true }));
    for (let i = 0; i < 200; i += 1) eager.feed({ v: 2 });
    for (let i = 0; i < 500; i += 1) eager.feed({ v: 9, open: true });
    expect(eager.feed({ v: 9, open: true })?.centre).toBe(9);
  });

  test('B4: a gap longer than the window begins it anew', () => {
    const { feed } = feeder(createBand(specOf({ adapt: { windowMs: 60 * MINUTE }, centre: 0.5, learn: { forMs: 30 * MINUTE } })));
    for (let i = 0; i < 100; i += 1) feed({ v: 2 });
    expect(feed({ v: 5, gapMs: 59 * MINUTE })?.centre).toBe(2);
    expect(feed({ v: 5, gapMs: 61 * MINUTE })).toBeUndefined();
    expect(feed({ v: 5 })).toBeUndefined();
  });
});

describe('the state', () => {
  const specs: readonly BandSpec[] = [
    specOf({ season: { season: 'hourOfWeek', zoneOffsetMs: 0, calendar: 'CN' }, adapt: 'slow', learn: { forMs: 60 * MINUTE } }),
    specOf({ centre: 0.9, scale: 'mad', learn: { rows: 50 } }),
    specOf({ adapt: { windowMs: 40 * MINUTE }, centre: 0.1, scale: 'mad', learn: { forMs: 10 * MINUTE } }),
  ];

  test('D4: saved and loaded at random places it gives the same bands', () => {
    const fed = fc.record({
      v: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      gapMs: fc.constantFrom(1_000, MINUTE, 20 * MINUTE, 90 * MINUTE),
      certain: fc.boolean(),
      open: fc.boolean(),
      isSaved: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...specs), fc.array(fed, { minLength: 60, maxLength: 200 }), (spec, story) => {
        const band = createBand(spec);
        const whole = band.start();
        let parts = band.start();
        let t = 0;
        for (const { isSaved, ...one } of story) {
          const input: Input = { ...one, t: (t += one.gapMs), intervalMs: MINUTE };
          expect(band.step(parts, input)).toEqual(band.step(whole, input));
          if (isSaved) parts = JSON.parse(JSON.stringify(parts)) as BandState;
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each(specs.map((spec, i) => [i, spec] as const))('D2: spec %d stays bounded', (_, spec) => {
    const { state, feed } = feeder(createBand(spec));
    for (let i = 0; i < 30_000; i += 1) feed({ v: Math.sin(i) / 3, gapMs: 7 * MINUTE });
    // 9 classes of day × 24 hours × 3 numbers is the most.
    expect(JSON.stringify(state).length).toBeLessThan(16_000);
  });
});
