export { RulesModule, RULES_STRATEGY } from './rules.module.js';
