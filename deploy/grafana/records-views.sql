-- What Grafana may see of the records: views without names of people, telephones, texts, links or comments, and a role that
-- can read these views and nothing else. Run by psql as the owner of the records (with CREATEROLE, for the role) after the
-- platform has made its tables. Running it again changes nothing but the password.
--
--   psql "$ANLAN_POSTGRES_OWNER_URL" -v reader=anlan_grafana -v password="$(cat FILE)" -f records-views.sql
--
-- With ANLAN_NAMESPACE=x the records lie in a schema of that name: add -v records=x.
\set ON_ERROR_STOP on
\if :{?records}
\else
  \set records public
\endif
begin;
set local search_path to :"records";
set local client_min_messages to warning;
-- Two of these at once would trip over each other's "create or replace".
select pg_advisory_xact_lock(hashtext('anlan grafana views'));

create schema if not exists grafana;

create or replace view grafana.sites as
select id, name, domain, region_code, lon, lat from sites;

create or replace view grafana.points as
select p.id, p.metric, a.site_id, coalesce(m.domain, s.domain) as domain, coalesce(p.name, a.name) || ' · ' || p.id as label
from points p
join devices d on d.id = p.device_id
join assets a on a.id = d.asset_id
join sites s on s.id = a.site_id
left join metrics m on m.code = p.metric;

create or replace view grafana.alarms as
select
  a.id,
  a.body::jsonb ->> 'no' as no,
  a.site_id,
  a.region_code,
  a.domain,
  a.kind,
  a.rule_id,
  a.point_id,
  a.level,
  a.level_rank,
  a.body::jsonb ->> 'peakLevel' as peak_level,
  a.process,
  a.ack,
  a.work,
  a.suppression,
  a.unclosed = 1 and a.retrospective = 0 as open,
  a.retrospective = 1 as retrospective,
  a.body::jsonb ->> 'recurrenceOf' is not null as recurred,
  (a.body::jsonb ->> 'value')::double precision as value,
  a.body::jsonb ->> 'unit' as unit,
  a.body::jsonb -> 'reason' ->> 'zh' as reason,
  to_timestamp(a.raised_at / 1000.0) as raised_at,
  to_timestamp(a.ended_at / 1000.0) as ended_at,
  to_timestamp(a.closed_at / 1000.0) as closed_at,
  to_timestamp(e.acked_at / 1000.0) as first_acked_at,
  to_timestamp(e.overdue_at / 1000.0) as first_overdue_at
from alarms a
left join lateral (
  select min(at) filter (where type = 'acknowledged') as acked_at, min(at) filter (where type = 'ack_overdue') as overdue_at
  from alarm_events
  where alarm_id = a.id
) e on true;

create or replace view grafana.alarm_events as
select
  e.alarm_id,
  e.type,
  e.body::jsonb ->> 'level' as level,
  a.site_id,
  a.domain,
  a.point_id,
  a.rule_id,
  to_timestamp(e.at / 1000.0) as at
from alarm_events e
join alarms a on a.id = e.alarm_id;

create or replace view grafana.notifications as
select id, alarm_id, kind, level, channel, state, attempts, to_timestamp(created_at / 1000.0) as created_at, to_timestamp(sent_at / 1000.0) as sent_at
from notifications;

create or replace view grafana.dead_letters as
select id, device_id, code, retried_at is not null as retried, to_timestamp(received_at / 1000.0) as received_at
from dead_letters;

-- The role: no other right anywhere, read-only by default, and a query that runs wild ends by itself.
select format('create role %I login', :'reader') where not exists (select from pg_roles where rolname = :'reader') \gexec
select format('alter role %I with login connection limit 10 password %L', :'reader', :'password') \gexec
select format('alter role %I set default_transaction_read_only = on', :'reader') \gexec
select format('alter role %I set statement_timeout = %L', :'reader', '15s') \gexec
select format('alter role %I set search_path = grafana', :'reader') \gexec
select format('grant usage on schema grafana to %I', :'reader') \gexec
select format('grant select on all tables in schema grafana to %I', :'reader') \gexec
commit;
