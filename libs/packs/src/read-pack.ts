import { durationMs, type Fault } from '@anlan/contracts';
import {
  checkDuration,
  checkKeys,
  checkSource,
  checkTexts,
  checkUnique,
  collector,
  isBox,
  isNumber,
  isText,
  listOf,
  type Box,
  type Report,
} from './pack-shape.js';
import type { DerivedTemplate, Pack, PackMetric, ReferenceTable, Template } from './pack.js';
import { checkDerived, checkTemplate } from './read-template.js';

const PACK_KEYS = ['pack', 'name', 'nameEn', 'metrics', 'derived', 'templates', 'tables'];
const METRIC_KEYS = [
  'code',
  'name',
  'nameEn',
  'unit',
  'min',
  'max',
  'interval',
  'accuracy',
  'domain',
  'expectVariation',
  'source',
  'clause',
  'confidence',
];

/** Reads a pack from plain data. Every fault at once; `pack` only when there is none. */
export function readPack(value: unknown): Readonly<{ pack?: Pack; faults: readonly Fault[] }> {
  const { faults, report } = collector();
  if (!isBox(value)) return { faults: [{ path: '', code: 'bad_shape', message: 'a pack is a map' }] };
  checkKeys(value, PACK_KEYS, '', report);
  checkTexts(value, ['pack', 'name', 'nameEn'], '', report);
  const metrics = listOf(value['metrics']);
  const derived = listOf(value['derived']);
  const templates = listOf(value['templates']);
  if (metrics.length === 0) report('/metrics', 'empty', 'a pack needs metrics');
  metrics.forEach((metric, i) => checkMetric(metric, `/metrics/${i}`, report));
  const codes = new Set(metrics.filter(isBox).map((metric) => metric['code']));
  derived.forEach((one, i) => checkDerived(one, codes, `/derived/${i}`, report));
  templates.forEach((template, i) => checkTemplate(template, codes, `/templates/${i}`, report));
  const tables = listOf(value['tables']);
  tables.forEach((table, i) => checkTable(table, `/tables/${i}`, report));
  checkUnique(tables, 'id', '/tables', report);
  checkUnique(metrics, 'code', '/metrics', report);
  checkUnique(derived, 'id', '/derived', report);
  checkUnique(templates, 'id', '/templates', report);
  return faults.length > 0 ? { faults } : { pack: build(value), faults };
}

function build(value: Box): Pack {
  const code = value['pack'] as string;
  const metrics = (value['metrics'] as Box[]).map(({ interval, domain, ...rest }) => ({
    ...rest,
    ...(domain !== null && { domain: domain ?? code }),
    intervalMs: durationMs(interval as string),
  })) as unknown as PackMetric[];
  const templates = listOf(value['templates']).map((template) => ({ kind: 'threshold', ...(template as Box) })) as unknown as Template[];
  const derived = listOf(value['derived']) as readonly DerivedTemplate[];
  return {
    code,
    name: value['name'] as string,
    nameEn: value['nameEn'] as string,
    metrics,
    derived,
    templates,
    tables: listOf(value['tables']) as readonly ReferenceTable[],
  };
}

function checkMetric(value: unknown, path: string, report: Report): void {
  if (!isBox(value)) return report(path, 'bad_shape', 'a metric is a map');
  checkKeys(value, METRIC_KEYS, path, report);
  checkTexts(value, ['name', 'nameEn', 'unit', ...(value['accuracy'] === undefined ? [] : ['accuracy'])], path, report);
  if (!isText(value['code']) || !/^[a-z][a-z0-9_]{1,63}$/.test(value['code']))
    report(`${path}/code`, 'bad_code', 'code is <domain>_<quantity> in lower case');
  for (const key of ['min', 'max'])
    if (value[key] !== undefined && !isNumber(value[key])) report(`${path}/${key}`, 'bad_number', `${key} must be a number`);
  if (isNumber(value['min']) && isNumber(value['max']) && value['min'] >= value['max'])
    report(`${path}/max`, 'bad_order', 'max must be above min');
  checkDuration(value['interval'], `${path}/interval`, report);
  checkSource(value, path, report);
}

const TABLE_KEYS = ['id', 'name', 'nameEn', 'columns', 'rows', 'source', 'clause', 'confidence', 'note'];

function checkTable(value: unknown, path: string, report: Report): void {
  if (!isBox(value)) return report(path, 'bad_shape', 'a table is a map');
  checkKeys(value, TABLE_KEYS, path, report);
  checkTexts(value, ['id', 'name', 'nameEn'], path, report);
  checkSource(value, path, report);
  const columns = listOf(value['columns']);
  const rows = listOf(value['rows']);
  if (columns.length === 0 || !columns.every(isText)) report(`${path}/columns`, 'bad_shape', 'columns is a list of texts');
  if (rows.length === 0) report(`${path}/rows`, 'empty', 'a table needs rows');
  rows.forEach((row, i) => {
    const cells = listOf(row);
    if (cells.length !== columns.length || !cells.every((one) => isText(one) || isNumber(one)))
      report(`${path}/rows/${i}`, 'bad_shape', `a row has ${columns.length} texts or numbers`);
  });
}
