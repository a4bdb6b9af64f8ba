export { dashboards } from './dashboards.js';
export { faultsOf } from './faults.js';
export { panelsOf, targetsOf, type PanelTarget } from './panel-targets.js';
export { SOURCES, type SourceName } from './sources.js';
