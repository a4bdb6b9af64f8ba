/** What people ordered and come back for: back-tests. */
export const JOBS: readonly string[] = [
  `create table jobs (id text primary key not null, ordered_by text not null, open integer not null, seen_at bigint not null, body text not null)`,
  `create index jobs_seen on jobs (open, seen_at)`,
];
