import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { ALARM_LEVELS } from '@anlan/contracts';
import {
  AnnotationQueryBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  type AnnotationQuery,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { LEVEL_COLOUR, LEVEL_NAME } from './colours.js';
import { SOURCES } from './sources.js';
import { records } from './targets.js';

type Variable = Builder<VariableModel>;

/** `'gas','uspace'`: domain codes are identifiers of ours, kept to letters by the packs' lint. */
export const listOf = (domains: readonly string[]): string => domains.map((domain) => `'${domain}'`).join(', ');

/** `$site`: all sites of the domains, by their names, whose points are then asked for by id. */
export function siteVariable(domains: readonly string[]): Variable {
  return variable('site', '场站 Site')
    .query(`SELECT name AS __text, id AS __value FROM grafana.sites WHERE domain IN (${listOf(domains)}) ORDER BY name`)
    .multi(true)
    .includeAll(true)
    .allValue('.*');
}

/** `$point`: points of the chosen sites, one or several; the first one until somebody chooses. */
export function pointVariable(domains: readonly string[]): Variable {
  return variable('point', '点位 Point')
    .query(
      `SELECT label AS __text, id AS __value FROM grafana.points WHERE domain IN (${listOf(domains)}) AND site_id ~ '^\${site:regex}$' ORDER BY label`,
    )
    .multi(true);
}

/** `$domain`: kinds of lifeline. */
export function domainVariable(): Variable {
  return variable('domain', '领域 Domain')
    .query(`SELECT DISTINCT domain FROM grafana.sites ORDER BY domain`)
    .multi(true)
    .includeAll(true)
    .allValue('.*');
}

function variable(name: string, label: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name).label(label).datasource(SOURCES.records).refresh(VariableRefresh.OnDashboardLoad);
}

/** Alarms of the chosen sites as marks on every chart, one kind a colour: from raising to recovery. */
export function alarmMarks(domains: readonly string[]): readonly Builder<AnnotationQuery>[] {
  return [...ALARM_LEVELS].reverse().map((level) =>
    new AnnotationQueryBuilder()
      .name(`${LEVEL_NAME[level]}告警`)
      .datasource(SOURCES.records)
      .enable(level === 'red' || level === 'orange')
      .iconColor(LEVEL_COLOUR[level])
      .target(records('Anno', alarmMarksSql(level, domains))),
  );
}

const alarmMarksSql = (level: string, domains: readonly string[]): string =>
  [
    `SELECT raised_at AS time, coalesce(ended_at, now()) AS timeend, no || ' ' || point_id || ' ' || coalesce(reason, '') AS text, domain || ',' || kind AS tags`,
    `FROM grafana.alarms`,
    `WHERE $__timeFilter(raised_at) AND NOT retrospective AND peak_level = '${level}'`,
    `AND domain IN (${listOf(domains)}) AND site_id ~ '^\${site:regex}$'`,
    `ORDER BY raised_at DESC LIMIT 500`,
  ].join(' ');
