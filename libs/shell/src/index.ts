export { systemClock } from './clock.js';
export { sha256 } from './digest.js';
export { EXIT, type ExitCode } from './exit.js';
export { isZone, zoneOffsets } from './zones.js';
export { FlowStrategy } from './flow-strategy.js';
export { nestLogger } from './nest-logger.js';
export { drainInOrder, flowStep, onStopSignal, type DrainDeps, type DrainStep } from './drain.js';
