import { checkpointsContract, ledgerContract, seriesContract } from '@anlan/ports/contract';
import { memoryCheckpoints } from './checkpoints.js';
import { memoryLedger } from './ledger.js';
import { memorySeries } from './series.js';

seriesContract('memorySeries', async () => {
  const series = memorySeries();
  return { series, reopen: async () => series, dispose: () => series.close() };
});

ledgerContract('memoryLedger', async () => {
  const ledger = memoryLedger();
  return { ledger, reopen: async () => ledger, dispose: async () => undefined };
});

checkpointsContract('memoryCheckpoints', async () => {
  const checkpoints = memoryCheckpoints();
  return { checkpoints, reopen: async () => checkpoints, dispose: async () => undefined };
});
