import { type Log, LogUnavailable, type LogPlace, type NewRecord, type Clock, pause } from '@anlan/ports';
import type { Logger, Meter } from '@anlan/observability';
import type { Millis } from '@anlan/contracts';

export type AppenderDeps = Readonly<{
  log: Log;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  giveUpMs: Millis;
  onAppended(places: readonly LogPlace[]): void;
}>;
/**
 * Appends in the order of the calls, many at a time.
 * The one append in flight carries all that waits; while the log is unavailable nothing overtakes, so what a device sent first
 * also stands first in the log. A call rejects with LogUnavailable after `giveUpMs`, and with it all that waits of the same line.
 */
export type Appender = Readonly<{
  /** `line`: whose order must stand; without one there is none to keep. */
  append(records: readonly NewRecord[], line?: string): Promise<void>;
  stalled(): boolean;
  /** Waits for what is in hand; from now on an unavailable log is not waited for. */ drain(): Promise<void>;
}>;

type Job = Readonly<{
  records: readonly NewRecord[];
  line: string | undefined;
  since: Millis;
  done: () => void;
  fail: (error: unknown) => void;
}>;

/** Records in one append of ours; the log groups further. */
const MAX_RECORDS = 1_000;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

/** One ordered way into the log, for everything that ingest writes. */
export function orderedAppender({ log, clock, meter, logger, giveUpMs, onAppended }: AppenderDeps): Appender {
  let queue: Job[] = [];
  let running: Promise<void> | undefined;
  let retryMs = FIRST_RETRY_MS;
  let stalled = false;
  let draining = false;

  const appendOnce = async (jobs: readonly Job[]): Promise<void> => {
    onAppended(await log.append(jobs.flatMap(({ records }) => records)));
    queue.splice(0, jobs.length);
    for (const { done } of jobs) done();
    retryMs = FIRST_RETRY_MS;
    if (stalled) logger.info('the log takes records again');
    stalled = false;
  };
  const afterUnavailable = async (error: LogUnavailable): Promise<void> => {
    if (!stalled) logger.error('the log takes no records, devices wait for their PUBACK', { reason: error.message });
    stalled = true;
    meter.count('anlan_flow_failures_total', 1, { flow: 'ingest' });
    if (!draining) await pause(clock, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    giveUp(error);
  };
  /** Whoever has waited too long, and all who stand behind them in the same line: they may not be in the log first. */
  const giveUp = (error: LogUnavailable): void => {
    const since = draining ? Infinity : clock.mono() - giveUpMs;
    const lines = new Set(queue.flatMap((job) => (job.since <= since && job.line !== undefined ? [job.line] : [])));
    const isGiven = (job: Job): boolean => job.since <= since || (job.line !== undefined && lines.has(job.line));
    const given = queue.filter(isGiven);
    queue = queue.filter((job) => !isGiven(job));
    for (const { fail } of given) fail(error);
  };
  /** A record that the log refuses for what it is must not hold up its neighbours: the batch goes again one by one. */
  const oneByOne = async (jobs: readonly Job[], error: unknown): Promise<void> => {
    if (jobs.length === 1) {
      logger.error('the log refused records of a message', { reason: String(error) });
      queue.shift()?.fail(error);
      return;
    }
    for (const job of jobs) {
      await turn([job]);
      if (queue[0] === job) return; // still waiting for the log
    }
  };
  const turn = async (jobs: readonly Job[]): Promise<void> => {
    try {
      await appendOnce(jobs);
    } catch (error) {
      if (error instanceof LogUnavailable) await afterUnavailable(error);
      else await oneByOne(jobs, error);
    }
  };
  const run = async (): Promise<void> => {
    // All that arrives in the same turn of the event loop shares the first append.
    await Promise.resolve();
    while (queue.length > 0) await turn(nextBatch(queue));
    running = undefined;
  };

  return {
    append: (records, line) =>
      new Promise((done, fail) => {
        queue.push({ records, line, since: clock.mono(), done, fail });
        running ??= run();
      }),
    stalled: () => stalled,
    async drain() {
      draining = true;
      await running;
    },
  };
}

function nextBatch(queue: readonly Job[]): readonly Job[] {
  let count = 0;
  let end = 0;
  for (const { records } of queue) {
    if (end > 0 && count + records.length > MAX_RECORDS) break;
    count += records.length;
    end += 1;
  }
  return queue.slice(0, end);
}
