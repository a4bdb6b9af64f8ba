/** Who said last that a device is online, when, and about which connection: several ingest processes speak of the same devices. */
export const WORDS_OF_PRESENCE: readonly string[] = [
  `alter table device_status add column said_at bigint not null default 0`,
  `alter table device_status add column said_by bigint not null default 0`,
  `alter table device_status add column connected_at bigint`,
];
