import { sql, type Kysely, type Migration } from 'kysely';

/** The records of the first release. Never changed once released: a later column comes by a migration of its own. */
export const first: Migration = {
  async up(db: Kysely<never>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STAMPS = 'created_at bigint not null, updated_at bigint not null';

// Plain SQL that SQLite and PostgreSQL read alike.
const STATEMENTS = [
  `create table regions (code text primary key not null, name text not null, parent text, ${STAMPS})`,
  `create table units (id text primary key not null, name text not null, role text not null, ${STAMPS})`,
  `create table people (id text primary key not null, name text not null, unit_id text not null, phone text, webhook text, ${STAMPS})`,
  `create table metrics (code text primary key not null, name text not null, name_en text, unit text not null, min_value double precision, max_value double precision, domain text, source text, expect_variation integer, ${STAMPS})`,
  `create table sites (id text primary key not null, name text not null, domain text not null, region_code text not null, unit_id text not null, lon double precision not null, lat double precision not null, address text, ${STAMPS})`,
  `create table assets (id text primary key not null, site_id text not null, name text not null, lon double precision, lat double precision, type text, ${STAMPS})`,
  `create table devices (id text primary key not null, asset_id text not null, name text, zone text not null, interval_ms bigint not null, reorder_ms bigint not null, live_horizon_ms bigint, gateway_id text, enabled integer not null, ${STAMPS})`,
  `create table points (id text primary key not null, device_id text not null, metric text not null, name text, min_value double precision, max_value double precision, ${STAMPS})`,
  `create table point_groups (id text primary key not null, site_id text not null, parent_id text, domain_of text, point_ids text not null, ${STAMPS})`,
  `create table routes (id text primary key not null, levels text not null, domain text, region_code text, person_ids text not null, channels text not null, ${STAMPS})`,
  `create table counters (name text primary key not null, value bigint not null)`,
  `insert into counters (name, value) values ('registry', 0), ('alarm_change', 0), ('audit', 0)`,
  `create table credentials (device_id text not null, key_id text not null, hmac text not null, made integer not null, created_at bigint not null, expires_at bigint, primary key (device_id, hmac))`,
  `create table rules (id text not null, version bigint not null, active integer not null, body text not null, compiled text not null, author text not null, reason text, approved_by text, created_at bigint not null, primary key (id, version))`,
  `create unique index rules_active on rules (id) where active = 1`,
  `create table activations (version bigint primary key not null, body text not null, logged integer not null, created_at bigint not null)`,
  `create index activations_unlogged on activations (version) where logged = 0`,

  `create table alarms (id text primary key not null, alarm_key text not null, point_id text not null, device_id text, rule_id text not null, kind text not null, site_id text not null,
    region_code text not null, domain text not null, process text not null, ack text not null, work text not null, suppression text not null, level text not null, level_rank integer not null,
    open integer not null, unclosed integer not null, retrospective integer not null, urgency integer not null, first_breach_at bigint not null, raised_at bigint not null, ended_at bigint, closed_at bigint,
    updated_at bigint not null, version bigint not null, change bigint not null, last_seq bigint not null, last_hash text not null, body text not null)`,
  `create unique index alarms_one_open on alarms (alarm_key) where open = 1`,
  `create unique index alarms_change on alarms (change)`,
  `create index alarms_key on alarms (alarm_key, raised_at)`,
  `create index alarms_newest on alarms (raised_at, id)`,
  `create index alarms_urgency on alarms (urgency, raised_at, id)`,
  `create index alarms_open on alarms (open, level_rank, raised_at)`,
  `create index alarms_site on alarms (site_id, raised_at)`,
  `create index alarms_region on alarms (region_code, raised_at)`,
  `create index alarms_point on alarms (point_id, raised_at)`,
  `create index alarms_rule on alarms (rule_id, raised_at)`,

  `create table alarm_events (alarm_id text not null, seq bigint not null, id text not null, type text not null, at bigint not null, prev text not null, hash text not null, body text not null, primary key (alarm_id, seq))`,
  `create unique index alarm_events_id on alarm_events (id)`,
  `create table alarm_timers (alarm_id text not null, kind text not null, generation bigint not null, due_at bigint not null, primary key (alarm_id, kind))`,
  `create index alarm_timers_due on alarm_timers (due_at)`,
  `create table applied (partition integer primary key not null, log_offset bigint not null, verdict_index bigint not null)`,
  `create table command_results (alarm_id text not null, idempotency_key text not null, result text not null, created_at bigint not null, primary key (alarm_id, idempotency_key))`,

  `create table notifications (id text primary key not null, event_id text not null, alarm_id text not null, kind text not null, level text not null, level_rank integer not null, channel text not null,
    person_id text not null, recipient text not null, step integer not null, state text not null, text text not null, link text, sealed integer not null, merged_into text, attempts integer not null,
    created_at bigint not null, due_at bigint not null, claim_at bigint, sent_at bigint, outcome text)`,
  `create unique index notifications_once on notifications (event_id, person_id, channel, step)`,
  `create index notifications_merge on notifications (person_id, channel) where claim_at is not null`,
  `create index notifications_carrier on notifications (merged_into) where merged_into is not null`,
  `create index notifications_due on notifications (claim_at) where claim_at is not null`,
  `create index notifications_alarm on notifications (alarm_id, created_at)`,
  `create index notifications_newest on notifications (created_at, id)`,
  `create table links (id text primary key not null, token_hmac text not null, token_box text, alarm_id text not null, level text not null, person_id text not null, person_name text not null,
    created_at bigint not null, view_until bigint not null, act_until bigint not null, used_at bigint, used_result text)`,
  `create unique index links_token on links (token_hmac)`,
  `create index links_alarm on links (alarm_id, level, person_id)`,
  `create index links_expiry on links (view_until) where token_box is not null`,

  `create table dead_letters (id text primary key not null, device_id text not null, received_at bigint not null, code text not null, reason text not null, payload text not null, topic text not null, retried_at bigint, retry_outcome text)`,
  `create index dead_letters_newest on dead_letters (received_at, id)`,
  `create index dead_letters_device on dead_letters (device_id, received_at, id)`,
  `create index dead_letters_code on dead_letters (code, received_at, id)`,
  `create table device_status (device_id text primary key not null, online integer not null, since bigint not null, last_message_at bigint)`,

  `create table users (id text primary key not null, username text not null, username_key text not null, name text not null, person_id text, roles text not null, region_codes text, disabled integer not null,
    password_hash text not null, password_set_at bigint not null, must_change_password integer not null, created_at bigint not null)`,
  `create unique index users_username on users (username_key)`,
  `create table sessions (id text primary key not null, user_id text not null, token_hash text not null, created_at bigint not null, expires_at bigint not null, last_seen_at bigint not null, step_up_at bigint not null, source text not null, client text not null)`,
  `create unique index sessions_token on sessions (token_hash)`,
  `create index sessions_user on sessions (user_id, created_at)`,
  `create table login_failures (username_key text not null, source text not null, at bigint not null)`,
  `create index login_failures_user on login_failures (username_key, at)`,
  `create index login_failures_source on login_failures (source, at)`,
  `create index login_failures_at on login_failures (at)`,
  `create table audit (n bigint primary key not null, at bigint not null, action text not null, object_kind text not null, object_id text not null, actor_id text not null, outcome text not null, body text not null, prev text not null, hash text not null)`,
];
