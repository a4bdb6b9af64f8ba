import type { Millis } from '@anlan/contracts';
import type { Difference } from './difference.js';
import type { BacktestReport } from './report.js';

export type BacktestState = 'queued' | 'running' | 'done' | 'failed';
/** `stopped`: its gateway was told to end. `lost`: its gateway ended without a word. Both may simply be ordered again. */
export type BacktestProblem = 'series_unavailable' | 'too_many_readings' | 'stopped' | 'lost' | 'internal';
/** An order as it stands. Plain JSON. */
export type BacktestJob = Readonly<{
  id: string;
  by: string;
  ruleId: string;
  from: Millis;
  to: Millis;
  state: BacktestState;
  /** 0…1 of the time asked for. */
  progress: number;
  readings: number;
  createdAt: Millis;
  endedAt: Millis | null;
  problem: BacktestProblem | null;
  report: BacktestReport | null;
  difference: Difference | null;
}>;
