/**
 * The house rules as data, so that a test can prove that each one catches its breach.
 * Layers, from the inside: contracts ← core (rules, alarms, packs) ← ports ← flows ← adapters, shell ← compose ← apps ← host.
 */
const deep = ['contracts', 'core', 'ports', 'observability'];

/** Which layers a layer may import. An empty list means nothing. */
const reach = {
  contracts: [],
  core: ['contracts'],
  ports: ['contracts', 'core'],
  observability: [],
  testing: ['contracts', 'core', 'ports'],
  flows: deep,
  adapter: deep,
  shell: ['contracts', 'ports', 'observability'],
  compose: [...deep, 'flows', 'adapter', 'shell'],
  app: [...deep, 'flows', 'adapter', 'shell', 'compose'],
  host: [...deep, 'flows', 'adapter', 'shell', 'compose', 'app'],
  test: [...deep, 'flows', 'adapter', 'shell', 'compose', 'app', 'host', 'testing'],
};

/** What specs may reach beyond that: real adapters and the test tools. */
const inSpecs = {
  ...Object.fromEntries(Object.keys(reach).map((layer) => [layer, ['contracts', 'core', 'ports', 'observability', 'testing', 'adapter']])),
  compose: ['testing'],
  app: ['testing'],
  host: ['testing'],
};

const sdks = [
  '@nestjs/*',
  'kafkajs',
  'mqtt',
  'mqtt/*',
  'mqtt-packet',
  'aedes',
  'ioredis',
  'ioredis/*',
  'pg',
  'pg/*',
  'libsql',
  'kysely',
  'kysely/*',
  '@influxdata/*',
];
const noRx = [...sdks, 'rxjs', 'rxjs/*'];
const banned = { contracts: noRx, core: [...noRx, 'zod', 'zod/*'], ports: noRx, flows: sdks, adapter: ['@nestjs/*'] };

/** @param {boolean} specs */
export const boundaries = (specs) => [
  'error',
  {
    // Private engines for specs that cut and kill them.
    allow: specs ? ['tools/engines/[a-z]+\\.mjs$'] : [],
    depConstraints: [
      ...Object.entries(reach).map(([layer, to]) => ({
        sourceTag: `layer:${layer}`,
        onlyDependOnLibsWithTags: [...to, ...(specs ? (inSpecs[layer] ?? []) : [])].map((name) => `layer:${name}`),
        ...(banned[layer] && !specs && { bannedExternalImports: banned[layer] }),
      })),
      { sourceTag: 'runtime:browser', onlyDependOnLibsWithTags: ['runtime:browser', 'runtime:any'] },
    ],
  },
];

const clockWords = 'Time, chance and the outside come in through ports or arguments.';
/** Pure layers: no clock, chance, environment, timers or Node. */
export const purity = {
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { group: ['node:*', 'fs', 'path', 'crypto'], message: clockWords },
        { group: ['@anlan/*/contract'], message: 'Contract suites are for specs.' },
      ],
    },
  ],
  'no-restricted-globals': [
    'error',
    ...['process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'console', 'performance', 'crypto', 'Buffer'].map((name) => ({
      name,
      message: clockWords,
    })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: clockWords },
    { object: 'Math', property: 'random', message: clockWords },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: clockWords },
    { selector: 'ExportAllDeclaration', message: 'One hand-written door a lib: name what it exports.' },
    { selector: 'ExportDefaultDeclaration', message: 'No default exports.' },
  ],
};

/** Everywhere in the product. */
export const house = {
  'no-restricted-syntax': purity['no-restricted-syntax'].filter(
    (rule) => typeof rule === 'string' || !rule.selector.startsWith('NewExpression'),
  ),
  'no-eval': 'error',
  'no-new-func': 'error',
  'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', { max: 4 }],
  complexity: ['error', { max: 24 }],
};

export const PURE_FILES = [
  'libs/contracts/src/**/*.ts',
  'libs/rules/src/**/*.ts',
  'libs/alarms/src/**/*.ts',
  'libs/ports/src/**/*.ts',
  'libs/flows/src/**/*.ts',
];
export const SPEC_FILES = [
  '**/*.spec.ts',
  '**/*.spec.tsx',
  '**/contract/**/*.ts',
  '**/src/testing/**/*.ts',
  'libs/testing/**/*.ts',
  'test/**/*.ts',
];

/** One flow never imports another: they meet in contracts and ports. */
export const flowIslands = {
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { group: ['node:*'], message: clockWords },
        {
          group: ['../ingest/*', '../rules/*', '../recorder/*', '../alarm/*', '../notifier/*', '../registry/*', '../backtest/*'],
          message: 'One flow never imports another.',
        },
      ],
    },
  ],
};
