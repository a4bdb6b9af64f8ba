export {
  GATEWAY_LIMITS,
  type GatewayDeps,
  type GatewayLimits,
  type GatewaySettings,
  type Readiness,
  type RegistryChanges,
} from './deps.js';
export { GatewayModule, gatewayModule } from './gateway.module.js';
export { serve, type RunningServer, type ServerOptions, type Tls } from './server.js';
export { ensureAdministrator, type AdministratorDeps, type FirstAdministrator } from './auth/administrator.js';
export { hashToken, newToken } from './auth/sessions.js';
export { openApi } from './docs/openapi.js';
export { OPERATIONS, pathsOf, type OperationName, type OperationSpec } from './http/operations.js';
