import {
  alarmStoreContract,
  checkpointsContract,
  jobStoreContract,
  ledgerContract,
  notificationStoreContract,
} from '@anlan/ports/contract';
import { onBothEngines, openRecords, type Engine } from './contract/records-on.js';
import type { Records } from './index.js';

/** Records that can be opened again on what is durable. */
async function reopening(engine: Engine) {
  const place = await engine.place();
  let records = await openRecords(place.dialect());
  return {
    records: () => records,
    reopen: async (): Promise<Records> => {
      await records.close();
      records = await openRecords(place.dialect());
      return records;
    },
    dispose: async () => {
      await records.close();
      await place.drop();
    },
  };
}

onBothEngines('records', (engine) => {
  const alarms = async () => {
    const { records, dispose } = await reopening(engine);
    return {
      alarms: records().alarms,
      notifications: records().notifications,
      eventsOf: async (id: string) => (await records().alarmQueries.timeline({ regionCodes: null }, id)).items,
      dispose,
    };
  };
  alarmStoreContract(engine.name, alarms);
  notificationStoreContract(engine.name, alarms);
  ledgerContract(engine.name, async () => {
    const { records, reopen, dispose } = await reopening(engine);
    return { ledger: records().ledger, reopen: async () => (await reopen()).ledger, dispose };
  });
  jobStoreContract(engine.name, async () => {
    const { records, reopen, dispose } = await reopening(engine);
    return { jobs: records().jobs, reopen: async () => (await reopen()).jobs, dispose };
  });
  checkpointsContract(engine.name, async () => {
    const { records, reopen, dispose } = await reopening(engine);
    return { checkpoints: records().checkpoints, reopen: async () => (await reopen()).checkpoints, dispose };
  });
});
