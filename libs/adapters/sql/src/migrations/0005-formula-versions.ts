/** Every formula that a derived point ever had. Those that stand when this begins are the first of their points, by nobody. */
export const FORMULA_VERSIONS: readonly string[] = [
  `create table formula_versions (point_id text not null, version integer not null, derived text, author text not null, reason text, approved_by text, created_at bigint not null,
    primary key (point_id, version))`,
  `insert into formula_versions (point_id, version, derived, author, reason, approved_by, created_at)
    select id, 1, derived, 'anlan', null, null, updated_at from points where derived is not null`,
];
