import { fanoutContract, lastValuesContract } from '@anlan/ports/contract';
import { memoryFanout } from './fanout.js';
import { memoryLastValues } from './last-values.js';

fanoutContract('memoryFanout', async () => {
  const errors: unknown[] = [];
  const fanout = memoryFanout({ onError: (error) => void errors.push(error) });
  return { here: fanout, there: fanout, errors: () => errors, dispose: async () => undefined };
});

lastValuesContract('memoryLastValues', async () => {
  const values = memoryLastValues();
  return { values, lose: async () => values.clear(), dispose: async () => undefined };
});
