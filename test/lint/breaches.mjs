/** Lints one deliberate breach of each house rule and prints [{name, expected, found}] as JSON. Run by house-rules.spec.ts. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import nx from '@nx/eslint-plugin';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { PURE_FILES, SPEC_FILES, boundaries, flowIslands, house, purity } from '../../eslint.house.js';

const cwd = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
process.chdir(cwd);
process.env.NX_DAEMON = 'false';
const { createProjectGraphAsync } = (await import('@nx/devkit')).default;
// Without a cached graph the boundary rule skips itself without failing.
await createProjectGraphAsync();
const BOUNDARY = '@nx/enforce-module-boundaries';

const eslint = new ESLint({
  cwd,
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ['**/*.ts'],
      languageOptions: { parser: tseslint.parser },
      plugins: { '@nx': nx },
      rules: { ...house, [BOUNDARY]: boundaries(false) },
    },
    { files: PURE_FILES, ignores: SPEC_FILES, rules: purity },
    { files: ['libs/flows/src/*/**/*.ts'], ignores: SPEC_FILES, rules: flowIslands },
    { files: SPEC_FILES, rules: { [BOUNDARY]: boundaries(true) } },
  ],
});

/** [what it proves, file it pretends to be, code, rule that must speak or null for none]. */
const CASES = [
  [
    'contracts import nothing of ours',
    'libs/contracts/src/breach.ts',
    "import { parseRule } from '@anlan/rules';\nexport const x = parseRule;",
    BOUNDARY,
  ],
  [
    "rules do not import alarms' neighbours outward",
    'libs/rules/src/breach.ts',
    "import type { Log } from '@anlan/ports';\nexport type X = Log;",
    BOUNDARY,
  ],
  ['ports do not import flows', 'libs/ports/src/breach.ts', "import { pump } from '@anlan/flows';\nexport const x = pump;", BOUNDARY],
  [
    'flows do not import adapters',
    'libs/flows/src/ingest/breach.ts',
    "import { memoryLog } from '@anlan/adapter-memory';\nexport const x = memoryLog;",
    BOUNDARY,
  ],
  [
    'adapters do not import each other',
    'libs/adapters/sql/src/breach.ts',
    "import { openDatabase } from '@anlan/adapter-sqlite';\nexport const x = openDatabase;",
    BOUNDARY,
  ],
  ['apps do not import apps', 'apps/gateway/src/breach.ts', "import { x } from '@anlan/simulator-app';\nexport const y = x;", BOUNDARY],
  ['the host may import apps', 'apps/standalone/src/fine.ts', "import { x } from '@anlan/simulator-app';\nexport const y = x;", null],
  [
    'relative paths do not cross projects',
    'libs/rules/src/breach.ts',
    "import { x } from '../../alarms/src/index.js';\nexport const y = x;",
    BOUNDARY,
  ],
  ['the core has no rxjs', 'libs/rules/src/breach.ts', "import { of } from 'rxjs';\nexport const x = of;", BOUNDARY],
  [
    'the core has no rxjs by the side door',
    'libs/alarms/src/breach.ts',
    "import { map } from 'rxjs/operators';\nexport const x = map;",
    BOUNDARY,
  ],
  ['flows have no SDK', 'libs/flows/src/rules/breach.ts', "import Database from 'libsql';\nexport const x = Database;", BOUNDARY],
  [
    'the core has no Node',
    'libs/alarms/src/breach.ts',
    "import { createHash } from 'node:crypto';\nexport const x = createHash;",
    'no-restricted-imports',
  ],
  ['the core has no clock', 'libs/rules/src/breach.ts', 'export const x = Date.now();', 'no-restricted-properties'],
  ['the core has no clock in a new Date', 'libs/rules/src/breach.ts', 'export const x = new Date();', 'no-restricted-syntax'],
  ['a date of a given time is no clock', 'libs/rules/src/fine.ts', 'export const x = (ms: number) => new Date(ms).toISOString();', null],
  ['the core has no chance', 'libs/rules/src/breach.ts', 'export const x = Math.random();', 'no-restricted-properties'],
  ['flows have no timers', 'libs/flows/src/rules/breach.ts', 'setTimeout(() => undefined, 1);', 'no-restricted-globals'],
  ['flows have no environment', 'libs/flows/src/rules/breach.ts', "export const x = process.env['HOME'];", 'no-restricted-globals'],
  [
    'one flow never imports another',
    'libs/flows/src/rules/breach.ts',
    "import { x } from '../ingest/ingest-flow.js';\nexport const y = x;",
    'no-restricted-imports',
  ],
  ['flows share what lies above them', 'libs/flows/src/rules/fine.ts', "import { pump } from '../pump.js';\nexport const x = pump;", null],
  [
    'product code does not use contract suites',
    'libs/flows/src/breach.ts',
    "import { logContract } from '@anlan/ports/contract';\nexport const x = logContract;",
    'no-restricted-imports',
  ],
  ['no default exports', 'libs/rules/src/breach.ts', 'const x = 1;\nexport default x;', 'no-restricted-syntax'],
  ['no wholesale doors', 'libs/rules/src/breach.ts', "export * from './engine.js';", 'no-restricted-syntax'],
  ['no eval', 'apps/gateway/src/breach.ts', "export const x: unknown = eval('1');", 'no-eval'],
  [
    'specs may use real adapters',
    'libs/flows/src/fine.spec.ts',
    "import { memoryLog } from '@anlan/adapter-memory';\nexport const x = memoryLog;",
    null,
  ],
];

const results = [];
for (const [name, file, code, expected] of CASES) {
  const [{ messages }] = await eslint.lintText(`${code}\n`, { filePath: join(cwd, file) });
  results.push({ name, expected, found: messages.filter((m) => m.severity === 2).map((m) => m.ruleId ?? m.message) });
}
process.stdout.write(JSON.stringify(results));
