export { rulesFlow, type RulesDeps } from './rules-flow.js';
