export { GATEWAY_LIMITS, type GatewayDeps, type GatewayLimits, type GatewaySettings, type RegistryChanges } from './deps.js';
export { gatewayDeps, type GatewayParts } from './gateway-deps.js';
export { GatewayModule, gatewayModule } from './gateway.module.js';

export { ensureAdministrator, type AdministratorDeps, type FirstAdministrator } from './auth/administrator.js';
export { hashToken, newToken } from './auth/sessions.js';
export { openApi } from './docs/openapi.js';
export { OPERATIONS, pathsOf, type OperationName, type OperationSpec } from './http/operations.js';
