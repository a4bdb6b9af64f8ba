/**
 * Back-tests that were ordered, and what came of them, kept where every gateway finds them.
 *
 * Y1  What was accepted is found by its id, by any gateway, after any restart, for as long as it is kept: days, and so many.
 * Y2  Whoever works on a job says so every ten seconds. One that nobody speaks of any more is lost, and is told so: its gateway was restarted.
 * Y3  The outcome is known here before it is stored; a store that is away is tried again, and meanwhile this gateway answers from memory.
 */
import type { Millis } from '@anlan/contracts';
import type { Logger } from '@anlan/observability';
import { pause, type Clock, type JobStore, type StoredJob } from '@anlan/ports';
import type { BacktestJob } from './job.js';

export type JobBookDeps = Readonly<{ jobs: JobStore; clock: Clock; logger: Logger; ending: AbortSignal; kept: number; keptMs: Millis }>;
export type JobBook = Readonly<{
  /** Orders that wait or run, of all gateways. */
  open(): Promise<readonly Pick<BacktestJob, 'id' | 'by'>[]>;
  /** Accepts a job. Rejects when it could not be stored: then nothing was accepted. */
  begin(job: BacktestJob): Promise<void>;
  change(id: string, more: Partial<BacktestJob>): void;
  /** The job is over. Resolves when that is stored, or was tried for a minute. */
  close(id: string, more: Partial<BacktestJob>): Promise<void>;
  /** Closes whatever is open here. */
  closeAll(more: Partial<BacktestJob>): Promise<void>;
  find(id: string): Promise<BacktestJob | undefined>;
}>;

const SAY_EVERY_MS = 10_000;
/** Three words missed. */
const LOST_AFTER_MS = 30_000;
const TRIES = 12;
const TRY_AGAIN_MS = 5_000;

export function jobBook({ jobs, clock, logger, ending, kept, keptMs }: JobBookDeps): JobBook {
  /** Of this gateway: open ones, and closed ones that are not stored yet. */
  const own = new Map<string, BacktestJob>();
  let isSaying = false;

  const change = (id: string, more: Partial<BacktestJob>): void => {
    const job = own.get(id);
    if (job) own.set(id, { ...job, ...more });
  };
  const put = (job: BacktestJob): Promise<void> => jobs.put(storedOf(job, clock.now()));
  const close = async (id: string, more: Partial<BacktestJob>): Promise<void> => {
    change(id, { ...more, endedAt: clock.now() });
    const job = own.get(id);
    if (job && (await stored(() => put(job), { clock, logger, ending, id }))) own.delete(id);
  };
  const say = async (): Promise<void> => {
    for (const job of own.values()) {
      if (isOver(job)) continue;
      await put(job).catch((error: unknown) =>
        logger.warn('the state of a back-test cannot be stored', { id: job.id, error: String(error) }),
      );
    }
  };
  const goOnSaying = (): void => {
    isSaying = own.size > 0 && !ending.aborted;
    if (isSaying) clock.after(SAY_EVERY_MS, () => void say().then(goOnSaying));
  };

  return {
    async open() {
      const others = await jobs.open(clock.now() - LOST_AFTER_MS);
      const mine = [...own.values()].filter((job) => !isOver(job));
      return [...new Map([...others, ...mine].map(({ id, by }) => [id, { id, by }])).values()].filter(({ id }) => !isOver(own.get(id)));
    },
    async begin(job) {
      await jobs.forget(clock.now() - keptMs, kept);
      await put(job);
      own.set(job.id, job);
      if (!isSaying) goOnSaying();
    },
    change,
    close,
    async closeAll(more) {
      await Promise.all([...own.values()].filter((job) => !isOver(job)).map(({ id }) => close(id, more)));
    },
    async find(id) {
      const mine = own.get(id);
      if (mine) return mine;
      const found = await jobs.get(id);
      return found && jobOf(found, clock.now());
    },
  };
}

function isOver(job: BacktestJob | undefined): boolean {
  return job?.state === 'done' || job?.state === 'failed';
}

type Storing = Pick<JobBookDeps, 'clock' | 'logger' | 'ending'> & Readonly<{ id: string }>;

async function stored(put: () => Promise<void>, { clock, logger, ending, id }: Storing): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      await put();
      return true;
    } catch (error) {
      logger.warn('the outcome of a back-test cannot be stored and is tried again', { id, error: String(error) });
    }
    if (ending.aborted) return false;
    await pause(clock, TRY_AGAIN_MS, ending);
  }
  return false;
}

function storedOf(job: BacktestJob, now: Millis): StoredJob {
  return { id: job.id, by: job.by, isOpen: !isOver(job), seenAt: now, body: JSON.stringify(job) };
}

/** Y2. */
function jobOf({ body, isOpen, seenAt }: StoredJob, now: Millis): BacktestJob {
  const job = JSON.parse(body) as BacktestJob;
  return isOpen && seenAt < now - LOST_AFTER_MS ? { ...job, state: 'failed', problem: 'lost', endedAt: seenAt } : job;
}
