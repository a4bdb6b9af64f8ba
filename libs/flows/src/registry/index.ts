export { registryFlow, type RegistryFlow, type RegistryFlowDeps, type RegistryOutcome } from './registry-flow.js';
