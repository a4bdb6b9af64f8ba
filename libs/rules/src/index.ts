export { createEngine, savedVersion, type Engine, type EngineRecord, type StateChanges } from './engine.js';
export { editClass, type EditClass } from './edit-class.js';
export { QUIET, judge, mature, nextDue, type Ladder, type Sample } from './ladder.js';
export { compileLadder, type LadderRule, type LadderStep } from './ladder-rule.js';
export { SKEW_LIMIT_MS, STALE_TIMES } from './health.js';
export { parseRule, type ParsedRule, type RuleContext } from './parse-rule.js';
export type { RulePoint } from './rule-ground.js';
