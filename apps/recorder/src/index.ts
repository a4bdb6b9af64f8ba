export { RecorderModule, RECORDER_STRATEGY } from './recorder.module.js';
