import { AFTER_RESTORE } from '@anlan/adapter-sql';
import { storageTools } from '@anlan/adapter-sqlite';
import type { Tools } from '@anlan/cli-app';
import { migrate } from '@anlan/compose';
import { simulatorTools } from '@anlan/simulator-app';

/** `apps/cli/bin/anlan.mjs` brings parts together that do not import one another; here the compiler sees that they fit. */
test('what the command line is lent fits what it asks for', async () => {
  const tools: Tools = {
    simulator: simulatorTools(),
    records: () => Promise.resolve({ migrate: (environment) => migrate(environment, () => 0) }),
    storage: () => Promise.resolve(storageTools({ uid: undefined, now: () => 0, afterRestore: { 'records.db': AFTER_RESTORE } })),
  };
  expect(Object.keys(tools.simulator).sort()).toEqual(['load', 'loadBundle', 'replay', 'scenarios', 'simulate']);
  expect(await (await tools.records()).migrate({})).toMatchObject({ kind: 'failed' });
  expect(Object.keys(await tools.storage()).sort()).toEqual(['backup', 'check', 'restore']);
});
