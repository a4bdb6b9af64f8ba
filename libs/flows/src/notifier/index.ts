export { notifierFlow, type NotifierFlowDeps } from './notifier-flow.js';
