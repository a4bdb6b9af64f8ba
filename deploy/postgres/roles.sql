-- Accounts of the records in PostgreSQL, so that nobody who takes over an app can rewrite what happened (S-61):
--
--   owner    owns schema and tables. Only `anlan migrate` uses it, and whoever runs these scripts.
--   app      reads and writes rows; appends to the chains of alarms and audit, but never changes them; makes and changes no table.
--            Which rows of which tables is given by `anlan migrate`, anew with each release.
--   reader   Grafana: read-only views, made by deploy/grafana/records-views.sql.
--
-- Run by psql (14 or later) before the first `anlan migrate`, as a superuser, or as the owner of the database with CREATEROLE.
-- Running it again changes nothing but passwords. Passwords come by the environment, for a command line can be read by others.
--
--   ANLAN_APP_PASSWORD="$(cat FILE)" psql "$ADMIN_URL" -v app=anlan_app -f roles.sql
--
-- The account that ran the platform alone until now stays the owner. For a new owner beside the administrator add
-- ANLAN_OWNER_PASSWORD and -v owner=anlan_owner; with ANLAN_NAMESPACE=x add -v records=x.
\set ON_ERROR_STOP on
\getenv app_password ANLAN_APP_PASSWORD
\getenv owner_password ANLAN_OWNER_PASSWORD
\if :{?records}
\else
  \set records public
\endif
\if :{?app_password}
\else
  do $$ begin raise exception 'ANLAN_APP_PASSWORD is not set'; end $$;
\endif
begin;
set local client_min_messages to warning;
-- Two of these at once would trip over each other's accounts.
select pg_advisory_xact_lock(hashtext('anlan roles')) as lock \gset

select format('create role %I login', :'app') where not exists (select from pg_roles where rolname = :'app') \gexec
select format('alter role %I with login password %L', :'app', :'app_password') \gexec

\if :{?owner}
  \if :{?owner_password}
  \else
    do $$ begin raise exception 'ANLAN_OWNER_PASSWORD is not set'; end $$;
  \endif
  select format('create role %I login', :'owner') where not exists (select from pg_roles where rolname = :'owner') \gexec
  select format('alter role %I with login password %L', :'owner', :'owner_password') \gexec
  select format('grant create on database %I to %I', :'DBNAME', :'owner') \gexec
  select format('grant usage, create on schema %I to %I', nspname, :'owner') from pg_namespace where nspname = :'records' \gexec
\endif

-- What everybody may do by default.
select format('revoke create on schema %I from public', nspname) from pg_namespace where nspname = :'records' \gexec
select format('revoke temporary on database %I from public', :'DBNAME') \gexec
select format('grant connect on database %I to %I', :'DBNAME', :'app') \gexec
commit;
