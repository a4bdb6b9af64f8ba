export { backtest, type Backtest, type BacktestSetup, type Outcome } from './backtest.js';
export { differenceOf, type Difference, type Shared } from './difference.js';
export type { Episode, LevelChange } from './episodes.js';
export { reportOf, type BacktestReport, type EventFound, type EventReport, type LabelledEvent, type OperatorLoad } from './report.js';
export { runBacktests, type Progress, type RunDeps } from './run.js';
export { parseRuleTest, runRuleTest, type RuleTest, type RuleTestContext, type RuleTestResult } from './rule-test.js';
export { backtestDesk, type BacktestDesk, type BacktestDeskDeps, type BacktestOrder, type Submitted } from './desk.js';
export type { BacktestJob, BacktestProblem, BacktestState } from './job.js';
export { history, type HistoryChunk, type HistoryOrder } from './history.js';
export { backtestJsonOf, reportJsonOf, shadowJsonOf } from './answer.js';
export {
  shadowDesk,
  type Shadow,
  type ShadowDeps,
  type ShadowDesk,
  type ShadowOrder,
  type ShadowStarted,
  type ShadowState,
} from './shadow.js';
