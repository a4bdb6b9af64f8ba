import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { panelsOf, targetsOf } from './panel-targets.js';
import { SOURCES } from './sources.js';

const UIDS: ReadonlySet<string | undefined> = new Set(Object.values(SOURCES).map(({ uid }) => uid));
const GRID = 24;
const HAN = /\p{Script=Han}/u;

/**
 * What Grafana would take without a word and then show wrongly: ids used twice, unknown data sources, panels on top of each
 * other, empty queries, variables that nobody declares, words missing.
 */
export function faultsOf(all: Readonly<Record<string, Dashboard>>): readonly string[] {
  const uids = Object.values(all).map(({ uid }) => uid);
  return [
    ...uids.filter((uid, i) => uid === undefined || uids.indexOf(uid) !== i).map((uid) => `uid ${String(uid)} is missing or used twice`),
    ...Object.entries(all).flatMap(([file, dashboard]) => faultsOfOne(dashboard).map((fault) => `${file}: ${fault}`)),
  ];
}

function faultsOfOne(dashboard: Dashboard): readonly string[] {
  const panels = panelsOf(dashboard);
  const ids = panels.map(({ id }) => id);
  return [
    ...(HAN.test(dashboard.title ?? '') ? [] : ['the title is not Chinese']),
    ...(panels.length === 0 ? ['no panel'] : []),
    ...ids.filter((id, i) => id === undefined || ids.indexOf(id) !== i).map((id) => `panel id ${String(id)} is missing or used twice`),
    ...panels.flatMap((panel) => faultsOfPanel(panel).map((fault) => `${panel.title ?? '(no title)'}: ${fault}`)),
    ...overlapping(panels),
    ...unknownSources(dashboard),
    ...undeclared(dashboard),
  ];
}

function faultsOfPanel({ title, description, targets = [], gridPos }: Panel): readonly string[] {
  return [
    ...(HAN.test(title ?? '') ? [] : ['the title is not Chinese']),
    ...((description ?? '').length < 8 ? ['no description'] : []),
    ...(targets.length === 0 ? ['no query'] : []),
    ...(gridPos === undefined || gridPos.x + gridPos.w > GRID ? ['outside the grid'] : []),
  ];
}

function overlapping(panels: readonly Panel[]): readonly string[] {
  const placed = panels.flatMap(({ title = '', gridPos }) => (gridPos === undefined ? [] : [{ title, ...gridPos }]));
  return placed.flatMap((a, i) =>
    placed
      .slice(i + 1)
      .filter((b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
      .map((b) => `${a.title} lies on ${b.title}`),
  );
}

function unknownSources(dashboard: Dashboard): readonly string[] {
  const variables = (dashboard.templating?.list ?? []).map((one) => [`$${one.name}`, one.datasource?.uid] as const);
  const marks = (dashboard.annotations?.list ?? []).map((one) => [one.name, one.datasource?.uid] as const);
  return [
    ...[...variables, ...marks].filter(([, uid]) => !UIDS.has(uid)).map(([name]) => `${name} names no data source of ours`),
    ...targetsOf(dashboard)
      .filter(({ text }) => text.trim() === '')
      .map(({ panel, refId }) => `${panel}: query ${refId} is empty`),
  ];
}

/** `$x`, `${x}` and `${x:format}` that are neither declared here nor Grafana's own. */
function undeclared(dashboard: Dashboard): readonly string[] {
  const declared = new Set(['timeFilter', ...(dashboard.templating?.list ?? []).map(({ name }) => name)]);
  const used = JSON.stringify([dashboard.panels, dashboard.annotations, dashboard.templating]).matchAll(/\$\{?(\w+)(?::\w+)?\}?/g);
  const names = new Set([...used].map(([, name]) => name ?? ''));
  return [...names]
    .filter((name) => !declared.has(name) && !/^(__|tag_|\d)/.test(name) && name !== '')
    .map((name) => `$${name} is used and not declared`);
}
