import { TOPICS, type Millis, type TickRecord, type UpRecord } from '@anlan/contracts';
import { LogUnavailable, pause, type Clock, type Log, type LogPlace, type NewRecord } from '@anlan/ports';
import type { Meter } from '@anlan/observability';

/** Time in the readings log: `up` once, then a tick a second for every partition that is idle. */
export type Pulse = Readonly<{
  /** Something was appended: no tick is due there for a second. */
  appended(places: readonly LogPlace[]): void;
  /** Writes a control record into every partition, waiting up to `giveUpMs` while the log is unavailable. */
  write(record: TickRecord | UpRecord, giveUpMs: Millis): Promise<void>;
  /** Waits until a tick is due, writes it if it still is, and returns. */
  beat(signal: AbortSignal): Promise<void>;
}>;

const TICK_MS = 1_000;
const RETRY_MS = 200;

/** Control records of `anlan.readings.v1`. */
export function pulse({ log, clock, meter }: Readonly<{ log: Log; clock: Clock; meter: Meter }>): Pulse {
  const lastAt = new Map<number, Millis>();
  const appended = (places: readonly LogPlace[]): void => {
    for (const { topic, partition } of places) if (topic === TOPICS.readings) lastAt.set(partition, clock.mono());
  };
  const write = async (record: TickRecord | UpRecord, giveUpMs: Millis): Promise<void> => {
    const since = clock.mono();
    for (;;) {
      try {
        appended(await log.appendToAll(controlRecord(record)));
        return;
      } catch (error) {
        if (!(error instanceof LogUnavailable) || clock.mono() - since >= giveUpMs) throw error;
        meter.count('anlan_flow_failures_total', 1, { flow: 'ingest' });
        await pause(clock, RETRY_MS);
      }
    }
  };
  const dueIn = (): Millis => {
    let longest = -Infinity;
    for (let partition = 0; partition < log.partitions(TOPICS.readings); partition += 1)
      longest = Math.max(longest, clock.mono() - (lastAt.get(partition) ?? -Infinity));
    return Math.max(0, TICK_MS - longest);
  };
  return {
    appended,
    write,
    async beat(signal) {
      await pause(clock, Math.max(1, dueIn()), signal);
      if (!signal.aborted && dueIn() === 0) await write({ kind: 'tick', at: clock.now() }, 0);
    },
  };
}

function controlRecord(record: TickRecord | UpRecord): NewRecord {
  return { topic: TOPICS.readings, key: record.kind, value: JSON.stringify(record) };
}
