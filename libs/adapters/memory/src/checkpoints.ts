import { type Checkpoint, type Checkpoints, Fenced } from '@anlan/ports';

/** Checkpoints in memory. For the simulation and for tests. */
export function memoryCheckpoints(): Checkpoints {
  const saved = new Map<string, Checkpoint>();
  const nameOf = (owner: string, partition: number): string => `${partition}/${owner}`;

  return {
    async open(owner, partition) {
      const before = saved.get(nameOf(owner, partition)) ?? { epoch: 0, nextOffset: 0, entries: new Map<string, string>() };
      const opened = { ...before, epoch: before.epoch + 1 };
      saved.set(nameOf(owner, partition), opened);
      return { ...opened, entries: new Map(opened.entries) };
    },
    // eslint-disable-next-line max-params -- as the port has it
    async save(owner, partition, epoch, nextOffset, { put, drop }) {
      const before = saved.get(nameOf(owner, partition));
      if (before === undefined || before.epoch !== epoch)
        throw new Fenced(`${owner}/${partition}: epoch ${epoch} was replaced by ${before?.epoch ?? 'none'}`);
      const entries = new Map([...before.entries, ...put]);
      for (const key of drop) entries.delete(key);
      saved.set(nameOf(owner, partition), { epoch, nextOffset, entries });
    },
  };
}
