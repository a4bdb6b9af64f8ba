import { logContract } from '@anlan/ports/contract';
import { memoryLog } from './log.js';
import { virtualClock } from './virtual-clock.js';

logContract('memoryLog', async (partitions) => {
  const clock = virtualClock(1_800_000_000_000);
  const log = memoryLog({ clock, partitions });
  const advance = async (ms: number): Promise<void> => (ms < 0 ? clock.jumpWall(ms) : clock.advance(ms));
  return { log, advance, reopen: async () => log, dispose: () => log.close() };
});
