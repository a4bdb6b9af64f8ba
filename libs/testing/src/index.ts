export { testDigest } from './digest.js';
export { ADMINISTRATOR, ENGINEER, OFFICER, STRANGER, smallCity } from './small-city.js';
export { compareCauses, verdictOf } from './verdicts.js';
export { memoryAlarms, type MemoryAlarms } from './memory-alarm-store.js';
export { describeWith } from './describe-with.js';
export { ENGINES, engineAddress, engineSettings, type EngineName } from './engines.js';
export { badLink, type BadLink } from './bad-link.js';
export { postgresPrograms, privatePostgres, type PrivatePostgres } from './private-postgres.js';
export { realClock } from './real-clock.js';
