import type { JobStore, StoredJob } from '@anlan/ports';

/** Jobs in memory. For the simulation and for tests. */
export function memoryJobs(): JobStore {
  const jobs = new Map<string, StoredJob>();
  return {
    async put(job) {
      if (jobs.get(job.id)?.isOpen !== false) jobs.set(job.id, job);
    },
    get: async (id) => jobs.get(id),
    open: async (since) => [...jobs.values()].filter(({ isOpen, seenAt }) => isOpen && seenAt >= since),
    async forget(before, keep) {
      const closed = [...jobs.values()].filter(({ isOpen }) => !isOpen).sort((a, b) => b.seenAt - a.seenAt);
      const old = [...jobs.values()].filter(({ seenAt }) => seenAt < before);
      for (const { id } of [...old, ...closed.slice(keep)]) jobs.delete(id);
    },
  };
}
