import preset from '../../jest.preset.js';

/** @type {import('jest').Config} */
export default {
  ...preset,
  testEnvironment: 'jsdom',
  testEnvironmentOptions: { customExportConditions: ['@anlan/source', 'browser'] },
  setupFiles: ['<rootDir>/jest.setup.js'],
  moduleNameMapper: { ...preset.moduleNameMapper, '\\.css$': '<rootDir>/src/styles/none.ts' },
};
