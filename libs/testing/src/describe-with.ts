import type { describe as Describe, test as Test } from '@jest/globals';
import { ENGINES, type EngineName, engineAddress } from './engines.js';

/**
 * Specs that need a real engine. Without it they are skipped, loudly; with `ANLAN_ENGINES=required` they fail.
 */
export function describeWith(engine: EngineName, name: string, specs: (address: string) => void): void {
  // From the runner's globals: tools that run without one load this file too.
  const { describe, test } = globalThis as unknown as Readonly<{ describe: typeof Describe; test: typeof Test }>;
  const address = engineAddress(engine);
  if (address !== undefined) describe(name, () => specs(address));
  else if (process.env['ANLAN_ENGINES'] === 'required')
    describe(name, () => {
      test(`${engine} must be there`, () => {
        throw new Error(`${ENGINES[engine]} is not set: run "npm run engines"`);
      });
    });
  else {
    process.stderr.write(`SKIPPED: ${name}: ${engine} is not there (npm run engines)\n`);
    describe.skip(name, () => specs('none:0'));
  }
}
