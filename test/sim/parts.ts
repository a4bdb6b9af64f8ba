import type { Digest } from '@anlan/contracts';
import type { AlarmStore, Channel, Checkpoints, Clock, Ledger, Log, NotificationStore, Series } from '@anlan/ports';
import type { Line } from './workload.js';

/** Everything that outlives a process. Mutants replace parts of it. */
export type Parts = {
  log: Log;
  /** The log as the rule flow reads it. */
  rulesLog: Log;
  series: Series;
  ledger: Ledger;
  checkpoints: Checkpoints;
  alarms: AlarmStore;
  notifications: NotificationStore;
  digest: Digest;
  /** The clock that ingest stamps arrivals with. */
  ingestClock: (clock: Clock) => Clock;
  line: (line: Line) => Line;
  channel: (channel: Channel) => Channel;
};
