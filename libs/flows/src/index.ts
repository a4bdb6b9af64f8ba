export { pump, type Pump, type PumpDeps } from './pump.js';
export { waitBy, windows, type Wait, type WindowsSetup } from './streams/index.js';
export { jsonObject, readingsValue } from './readings-value.js';
export { INGEST_LIMITS, ingestFlow, type IngestDeps, type IngestFlow, type IngestLimits } from './ingest/ingest-flow.js';
export { deviceDirectory, type DeviceDirectory } from './ingest/directory.js';
export { letterRetrier } from './ingest/retrier.js';
export type { RetryOutcome } from './ingest/retry.js';
export { recorderFlow, type RecorderDeps } from './recorder/recorder-flow.js';
export { RETENTION, type Retention } from './recorder/retention.js';
export { alarmCommands, alarmFlow, type AlarmFlow, type AlarmFlowDeps, type CommandOutcome, type RunCommand } from './alarm/index.js';
export { registryFlow, type RegistryFlow, type RegistryFlowDeps, type RegistryOutcome } from './registry/index.js';
export { rulesFlow, type RulesDeps } from './rules/index.js';
export { notifierFlow, type NotifierFlowDeps } from './notifier/index.js';
export {
  backtest,
  backtestDesk,
  backtestJsonOf,
  differenceOf,
  parseRuleTest,
  reportJsonOf,
  reportOf,
  runBacktests,
  runRuleTest,
  shadowDesk,
  shadowJsonOf,
  type Backtest,
  type BacktestDesk,
  type BacktestJob,
  type BacktestOrder,
  type BacktestProblem,
  type BacktestReport,
  type BacktestSetup,
  type Difference,
  type Episode,
  type EventFound,
  type EventReport,
  type LabelledEvent,
  type LevelChange,
  type OperatorLoad,
  type Outcome,
  type Progress,
  type RuleTest,
  type RuleTestContext,
  type RuleTestResult,
  type RunDeps,
  type Shadow,
  type ShadowDesk,
  type ShadowOrder,
  type Shared,
} from './backtest/index.js';
