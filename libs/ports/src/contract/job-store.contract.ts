import type { JobStore, StoredJob } from '../job-store.js';

/** One store of jobs under test. `reopen` opens it again on what is durable; for stores that live in memory, the same one. */
export type JobStoreHarness = Readonly<{ jobs: JobStore; reopen(): Promise<JobStore>; dispose(): Promise<void> }>;

const jobOf = (id: string, more: Partial<StoredJob> = {}): StoredJob => ({
  id,
  by: 'ann',
  isOpen: true,
  seenAt: 10,
  body: '{"n":1}',
  ...more,
});

/** What every `JobStore` promises, to be run by each adapter's spec. */
export function jobStoreContract(name: string, make: () => Promise<JobStoreHarness>): void {
  describe(`${name} keeps the promises of JobStore`, () => {
    let harness: JobStoreHarness;
    beforeEach(async () => void (harness = await make()));
    afterEach(() => harness.dispose());

    test('J1: what was put is there, over a reopen, and the last word stands until the job is closed', async () => {
      const { jobs } = harness;
      await jobs.put(jobOf('a'));
      await jobs.put(jobOf('a', { seenAt: 20, body: '{"井":"\\u0000"}' }));
      await jobs.put(jobOf('b', { isOpen: false, seenAt: 30 }));
      await jobs.put(jobOf('b', { seenAt: 40, body: 'late' }));
      const again = await harness.reopen();
      expect(await again.get('a')).toEqual(jobOf('a', { seenAt: 20, body: '{"井":"\\u0000"}' }));
      expect(await again.get('b')).toEqual(jobOf('b', { isOpen: false, seenAt: 30 }));
      expect(await again.get('none')).toBeUndefined();
    });

    test('open jobs are those that somebody has spoken of since', async () => {
      const { jobs } = harness;
      for (const job of [jobOf('a', { seenAt: 10 }), jobOf('b', { seenAt: 20 }), jobOf('c', { seenAt: 30, isOpen: false })])
        await jobs.put(job);
      expect((await jobs.open(20)).map(({ id }) => id)).toEqual(['b']);
      expect((await jobs.open(0)).map(({ id }) => id).sort()).toEqual(['a', 'b']);
    });

    test('J2: forgotten are the old ones, and of the closed all but the newest', async () => {
      const { jobs } = harness;
      for (const [id, seenAt, isOpen] of [
        ['a', 10, false],
        ['b', 20, true],
        ['c', 30, false],
        ['d', 40, false],
        ['e', 50, true],
      ] as const)
        // prettier-ignore
        await jobs.put(jobOf(id, { seenAt, isOpen }));
      const left = async (): Promise<string> => {
        const found = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => jobs.get(id)));
        return found.map((job) => job?.id ?? '').join('');
      };
      await jobs.forget(15, 9);
      expect(await left()).toBe('bcde');
      await jobs.forget(15, 1);
      expect(await left()).toBe('bde');
      await jobs.forget(30, 1);
      expect(await left()).toBe('de');
    });
  });
}
