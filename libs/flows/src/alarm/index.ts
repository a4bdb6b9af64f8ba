export { alarmCommands, alarmFlow, type AlarmFlow, type AlarmFlowDeps, type RunCommand } from './alarm-flow.js';
export type { CommandOutcome } from './commands.js';
