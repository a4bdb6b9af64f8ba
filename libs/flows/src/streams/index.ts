export { batches, type BatchesSetup } from './batches.js';
export { beside, type BesideSetup } from './beside.js';
export { inSlices, type SlicesSetup } from './in-slices.js';
export { turns, type TurnsSetup } from './turns.js';
export { waitBy, type Wait } from './wait.js';
export { windows, type WindowsSetup } from './windows.js';
