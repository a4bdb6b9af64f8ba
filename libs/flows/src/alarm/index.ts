export { alarmFlow, type AlarmFlow, type AlarmFlowDeps } from './alarm-flow.js';
export type { CommandOutcome } from './commands.js';
