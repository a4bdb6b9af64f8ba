import { jest } from '@jest/globals';
import { logContract } from '@anlan/ports/contract';
import { describeWith, realClock } from '@anlan/testing';
import { pause } from '@anlan/ports';
import { dropTopics, openTestLog, uniquePrefix } from './testing/test-log.js';

// Every test makes topics of its own, the random histories thirty times.
jest.setTimeout(120_000);

describeWith('kafka', 'kafkaLog on a real broker', (brokers) => {
  logContract(
    'kafkaLog',
    async (partitions) => {
      const prefix = uniquePrefix();
      let log = await openTestLog(brokers, prefix, partitions);
      return {
        log,
        // The broker's clock is its own; what waits in the log gets a moment to come.
        advance: () => pause(realClock, 100),
        async reopen() {
          await log.close();
          log = await openTestLog(brokers, prefix, partitions);
          return log;
        },
        async dispose() {
          await log.close();
          await dropTopics(brokers, prefix);
        },
      };
    },
    { served: true },
  );
});
