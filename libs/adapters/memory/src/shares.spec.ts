import { sharesContract } from '@anlan/ports/contract';
import { realClock } from '@anlan/testing';
import { pause } from '@anlan/ports';
import { memoryShares } from './shares.js';

sharesContract(
  'memoryShares',
  async (partitions) => {
    const shares = memoryShares({ clock: realClock, partitions });
    const nothing = (): Promise<void> => Promise.resolve();
    return { process: () => shares, kill: nothing, takeOverMs: 0, breathe: (ms) => pause(realClock, ms), dispose: nothing };
  },
  { immortal: true },
);
