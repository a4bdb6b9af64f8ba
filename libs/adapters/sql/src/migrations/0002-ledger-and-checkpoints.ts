/** Balance of readings and saved states of workers, for the form in which they are not files of one process. */
export const LEDGER_AND_CHECKPOINTS: readonly string[] = [
  `create table ledger_positions (partition integer primary key not null, next_offset bigint not null)`,
  `create table ledger_counts (device_id text not null, hour bigint not null, received bigint not null, stored bigint not null, rejected bigint not null, duplicate bigint not null,
    quarantined bigint not null, primary key (device_id, hour))`,
  `create index ledger_counts_hour on ledger_counts (hour)`,
  `create table ledger_sequences (device_id text primary key not null, state text not null)`,

  `create table checkpoints (owner text not null, partition integer not null, epoch bigint not null, next_offset bigint not null, entries bigint not null, checksum bigint not null, primary key (owner, partition))`,
  `create table checkpoint_entries (owner text not null, partition integer not null, entry_key text not null, value text not null, checksum bigint not null, primary key (owner, partition, entry_key))`,
];
