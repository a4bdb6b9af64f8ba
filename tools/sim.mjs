/**
 * `npm run sim -- --seeds 1-300 [--mutants 60]` or `--seed 731`: the simulation of the whole pipeline.
 * A failing seed prints the line that runs it again.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1-300' }, seed: { type: 'string' }, mutants: { type: 'string', default: '60' } },
});
const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
const only = values.seed ? ['-t', 'no invariant is violated'] : [];
const { status } = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, '--config', 'test/jest.config.js', 'test/sim', ...only],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SIM_SEEDS: values.seed ? `${values.seed}-${values.seed}` : values.seeds, SIM_MUTANT_SEEDS: values.mutants },
  },
);
process.exit(status ?? 1);
