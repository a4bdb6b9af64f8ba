import { checkpointsContract, jobStoreContract, ledgerContract, seriesContract } from '@anlan/ports/contract';
import { memoryCheckpoints } from './checkpoints.js';
import { memoryJobs } from './jobs.js';
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

jobStoreContract('memoryJobs', async () => {
  const jobs = memoryJobs();
  return { jobs, reopen: async () => jobs, dispose: async () => undefined };
});
