export { AlarmModule, ALARM_STRATEGY } from './alarm.module.js';
