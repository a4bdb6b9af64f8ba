export { POSTGRES_LIMITS, postgresDialect, type PostgresConfig, type PostgresLimits } from './postgres-dialect.js';
