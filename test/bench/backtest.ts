import type { LevelStep, PointSpec, Reading, ThresholdRule } from '@anlan/contracts';
import { backtest } from '@anlan/flows';
import { cpuMs, median } from './measure.js';

/** Readings a second of one core through a back-test of one threshold rule of four levels over a hundred points. */
export type BacktestSpeed = Readonly<{
  /** Nothing near a limit: how a long stretch of history mostly is. */
  quietPerSecond: number;
  /** Every point breaches for 40 of 5 000 minutes. */
  stormyPerSecond: number;
}>;

const READINGS = 2_000_000;
const POINTS = 100;
const RUNS = 3;
const CHUNK = 5_000;
const MINUTE_MS = 60_000;
const T = 1_760_000_000_000;
const ids = Array.from({ length: POINTS }, (_, i) => `p${i}`);

const level = (name: LevelStep['level'], at: number): LevelStep => ({
  ...{ level: name, at, deadband: 1, onDelayMs: MINUTE_MS, offDelayMs: MINUTE_MS, onCount: 1, offCount: 1, latching: false },
});
const rule: ThresholdRule = {
  ...{ id: 'r', version: 1, kind: 'threshold', enabled: true, scope: { pointIds: ids }, side: 'high', quality: 'pause' },
  levels: [level('blue', 80), level('yellow', 90), level('orange', 95), level('red', 99)],
};
const pointOf = (pointId: string): PointSpec => ({
  ...{
    pointId,
    deviceId: 'd',
    siteId: 's',
    metric: 'm',
    unit: 'U',
    intervalMs: MINUTE_MS,
    reorderMs: 0,
    liveHorizonMs: null,
    min: 0,
    max: 100,
  },
});

export function backtestSpeed(): BacktestSpeed {
  return { quietPerSecond: speedOf(0), stormyPerSecond: speedOf(40) };
}

function speedOf(stormMinutes: number): number {
  const chunks = chunksOf(stormMinutes);
  const speeds = Array.from({ length: RUNS }, () => {
    const test = backtest({ activation: { points: ids.map(pointOf), rules: [rule] } });
    const before = cpuMs();
    for (const chunk of chunks) test.feed(chunk);
    const { readings } = test.outcome();
    return (readings / (cpuMs() - before)) * 1_000;
  });
  return Math.round(median(speeds));
}

function chunksOf(stormMinutes: number): readonly (readonly Reading[])[] {
  const readingAt = (i: number): Reading => {
    const minute = Math.floor(i / POINTS);
    const v = minute % 5_000 < stormMinutes ? 97 : 50 + 20 * Math.sin(i / 50);
    return { pointId: ids[i % POINTS] ?? '', t: T + minute * MINUTE_MS, v, q: 'good' };
  };
  return Array.from({ length: READINGS / CHUNK }, (_, chunk) => Array.from({ length: CHUNK }, (__, i) => readingAt(chunk * CHUNK + i)));
}
