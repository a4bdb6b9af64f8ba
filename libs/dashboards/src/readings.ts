import type { InfluxTarget } from './targets.js';

/**
 * InfluxQL over what the series adapter writes: measurement `reading` (tags `point`, `site`, `metric`; fields `v` and `q`,
 * 0 good, 1 uncertain, 2 bad, 3 maintenance), and its closed hours in `reading_1h` of the bucket `<bucket>/rollup`, which InfluxQL
 * knows as retention policy `rollup` (fields `min`, `max`, `mean`, `last`, `count` of what could be judged, and `bad`).
 */
const HOURS = '"rollup"."reading_1h"';
const HERE = '"site" =~ /^${site:regex}$/';
const JUDGED = '"q" <= 1';

type Fold = 'max' | 'min' | 'mean';
const FOLD_NAME = { max: '最大', min: '最小', mean: '平均' } as const satisfies Record<Fold, string>;

/** Metric codes go into queries as they are: the packs' lint keeps them to letters, digits and `_`. */
const ofMetric = (metric: string): string => `"metric" = '${metric}'`;

/** One line a site: the largest (smallest, mean) reading of the metric among its points in each interval. */
export function bySite(metric: string, fold: Fold): InfluxTarget {
  return {
    query: `SELECT ${fold}("v") FROM "reading" WHERE ${ofMetric(metric)} AND ${HERE} AND ${JUDGED} AND $timeFilter GROUP BY time($__interval), "site" fill(none)`,
    alias: `$tag_site ${FOLD_NAME[fold]}`,
  };
}

/** One number: the largest (smallest, mean) among the newest readings of all points of the metric. */
export function newestOf(metric: string, fold: Fold): InfluxTarget {
  return {
    query: `SELECT ${fold}("v") FROM (SELECT last("v") AS "v" FROM "reading" WHERE ${ofMetric(metric)} AND ${HERE} AND ${JUDGED} AND $timeFilter GROUP BY "point")`,
    alias: FOLD_NAME[fold],
  };
}

/** Every reading of one point, in whatever quality but bad and maintenance. */
export function onePoint(): InfluxTarget {
  return {
    query: `SELECT mean("v") FROM "reading" WHERE "point" =~ /^\${point:regex}$/ AND ${JUDGED} AND $timeFilter GROUP BY time($__interval), "point" fill(none)`,
    alias: '$tag_point',
  };
}

/** The hours of one point. */
export function onePointByHour(fold: Fold): InfluxTarget {
  return {
    query: `SELECT ${fold}("${fold}") FROM ${HOURS} WHERE "point" =~ /^\${point:regex}$/ AND $timeFilter GROUP BY time(1h), "point" fill(none)`,
    alias: `${FOLD_NAME[fold]} $tag_point`,
  };
}

/** Newest reading of each point of the domains, as rows. */
export function newestTable(metrics: string): InfluxTarget {
  return {
    query: `SELECT last("v") AS "value", "q" AS "quality" FROM "reading" WHERE "metric" =~ /${metrics}/ AND ${HERE} AND $timeFilter GROUP BY "site", "point"`,
    shape: 'table',
  };
}

/** Readings stored in each interval, one line a site. */
export function storedBySite(): InfluxTarget {
  return {
    query: `SELECT count("v") FROM "reading" WHERE ${HERE} AND $timeFilter GROUP BY time($__interval), "site" fill(0)`,
    alias: '$tag_site',
  };
}

/** How many points of each site sent at least one reading. */
export function reportingBySite(): InfluxTarget {
  return {
    query: `SELECT count("v") FROM (SELECT last("v") AS "v" FROM "reading" WHERE ${HERE} AND $timeFilter GROUP BY "site", "point") GROUP BY "site"`,
    alias: '$tag_site',
  };
}

/** Share of readings that could be judged, by the hour. */
export function validShare(): InfluxTarget {
  return {
    query: `SELECT 100 * sum("count") / (sum("count") + sum("bad")) FROM ${HOURS} WHERE ${HERE} AND $timeFilter GROUP BY time(1h), "site" fill(none)`,
    alias: '$tag_site',
  };
}
