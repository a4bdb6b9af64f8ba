/** Follows every partition of the readings log of a platform and does nothing with it: what the Kafka client alone costs. */
import { TOPICS } from '@anlan/contracts';
import { openLogOf } from '../rig/logs.js';

const { dataDir, settings } = JSON.parse(process.argv[2] ?? '{}') as Readonly<{
  dataDir: string;
  settings: Readonly<Record<string, string>>;
}>;
const log = await openLogOf(dataDir, settings);
const over = new AbortController();

async function follow(partition: number): Promise<void> {
  let { next } = await log.bounds(TOPICS.readings, partition);
  while (!over.signal.aborted) {
    const records = await log.read(TOPICS.readings, partition, next, 1_000);
    next += records.length;
    if (records.length === 0) await log.until(TOPICS.readings, partition, next, over.signal);
  }
}

const following = Promise.all(Array.from({ length: log.partitions(TOPICS.readings) }, (_, partition) => follow(partition)));
process.stdout.write('{}\n');
process.on('SIGTERM', () => {
  over.abort();
  void following.then(() => log.close()).then(() => process.exit(0));
});
