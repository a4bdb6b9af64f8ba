import { readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(`${import.meta.dirname}/.swcrc`, 'utf8'));
const tsx = {
  ...swc,
  swcrc: false,
  jsc: {
    ...swc.jsc,
    parser: { ...swc.jsc.parser, tsx: true },
    transform: { ...swc.jsc.transform, react: { runtime: 'automatic' } },
  },
};

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@anlan/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/**/*.spec.{ts,tsx}'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }], '^.+\\.tsx$': ['@swc/jest', tsx] },
  // vm modules are never freed: about 9 MB a spec file that imports Nest.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
  coverageProvider: 'v8',
};
