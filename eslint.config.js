import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import { PURE_FILES, SPEC_FILES, boundaries, flowIslands, house, purity } from './eslint.house.js';

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/coverage/**',
      '**/node_modules/**',
      '.nx/**',
      'tools/**',
      '**/*.config.js',
      '**/*.config.ts',
      'jest.preset.js',
      'eslint.*.js',
      'apps/cli/bin/**',
      'data/**',
      'apps/console/public/**',
      '**/*.mjs',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      ...house,
      '@nx/enforce-module-boundaries': boundaries(false),
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // Nest: injected types must stay value imports.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: PURE_FILES, ignores: SPEC_FILES, rules: purity },
  { files: ['libs/flows/src/*/**/*.ts'], ignores: SPEC_FILES, rules: flowIslands },
  {
    files: SPEC_FILES,
    rules: {
      '@nx/enforce-module-boundaries': boundaries(true),
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Specs read answers of processes as they come.
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 700, skipBlankLines: true, skipComments: true }],
    },
  },
  // Specs of the core use samples that stand beside the memory stores. The rule sees projects, not files, and takes that for a circle;
  // nothing that ships goes round.
  { files: ['libs/alarms/src/**/*.spec.ts', 'libs/rules/src/**/*.spec.ts'], rules: { '@nx/enforce-module-boundaries': 'off' } },
);
