export { NotifierModule, NOTIFIER_STRATEGY } from './notifier.module.js';
