export { SETTINGS, parseSettings, tlsOf, type SettingName, type Settings } from './settings.js';
export type { Opened, StoresDeps } from './opened.js';
export { openStores, publicUrlOf, type Stores } from './stores.js';
export { flowMakers, type FlowMakers, type FlowsDeps } from './flows.js';
export { importDemo, type DemoDeps } from './demo.js';
export { cliTokenHash } from './cli-token.js';
export { runProcess, type ProcessContext, type Started } from './run-process.js';
export { runService, type ServiceSpec } from './run-service.js';
export { withLastValues } from './last-values.js';
