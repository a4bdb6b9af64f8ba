import { ALARM_LEVELS, type AlarmLevel, type Fault } from '@anlan/contracts';
import { durationMs } from './duration.js';
import { CONFIDENCES, OUR_DEFAULT, type Confidence, type Pack, type PackMetric, type Template, type TemplateLevel } from './pack.js';

type Box = Readonly<Record<string, unknown>>;
type Report = (path: string, code: string, message: string) => void;

const PACK_KEYS = ['pack', 'name', 'nameEn', 'metrics', 'templates'];
const METRIC_KEYS = [
  'code',
  'name',
  'nameEn',
  'unit',
  'min',
  'max',
  'interval',
  'domain',
  'expectVariation',
  'source',
  'clause',
  'confidence',
];
const TEMPLATE_KEYS = ['id', 'metric', 'name', 'nameEn', 'side', 'needs', 'levels'];
const LEVEL_KEYS = [
  'level',
  'at',
  'high',
  'low',
  'deadband',
  'onDelay',
  'offDelay',
  'onCount',
  'offCount',
  'latching',
  'source',
  'clause',
  'confidence',
  'note',
];

const isBox = (value: unknown): value is Box => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** Reads a pack from plain data. Every fault at once; `pack` only when there is none. */
export function readPack(value: unknown): Readonly<{ pack?: Pack; faults: readonly Fault[] }> {
  const faults: Fault[] = [];
  const report: Report = (path, code, message) => void faults.push({ path, code, message });
  if (!isBox(value)) return { faults: [{ path: '', code: 'bad_shape', message: 'a pack is a map' }] };
  knownKeys(value, PACK_KEYS, '', report);
  for (const key of ['pack', 'name', 'nameEn']) if (!isText(value[key])) report(`/${key}`, 'text_missing', `${key} must be a text`);
  const metrics = listOf(value['metrics']);
  const templates = listOf(value['templates']);
  if (metrics.length === 0) report('/metrics', 'empty', 'a pack needs metrics');
  metrics.forEach((metric, i) => checkMetric(metric, `/metrics/${i}`, report));
  const codes = new Set(metrics.filter(isBox).map((metric) => metric['code']));
  templates.forEach((template, i) => checkTemplate(template, codes, `/templates/${i}`, report));
  unique(metrics, 'code', '/metrics', report);
  unique(templates, 'id', '/templates', report);
  return faults.length > 0 ? { faults } : { pack: build(value), faults };
}

function build(value: Box): Pack {
  const code = value['pack'] as string;
  const metrics = (value['metrics'] as Box[]).map(({ interval, domain, ...rest }) => ({
    ...rest,
    ...(domain !== null && { domain: domain ?? code }),
    intervalMs: durationMs(interval as string),
  })) as unknown as PackMetric[];
  const templates = (value['templates'] ?? []) as Template[];
  return { code, name: value['name'] as string, nameEn: value['nameEn'] as string, metrics, templates };
}

function checkMetric(value: unknown, path: string, report: Report): void {
  if (!isBox(value)) return report(path, 'bad_shape', 'a metric is a map');
  knownKeys(value, METRIC_KEYS, path, report);
  for (const key of ['name', 'nameEn', 'unit']) if (!isText(value[key])) report(`${path}/${key}`, 'text_missing', `${key} must be a text`);
  if (!isText(value['code']) || !/^[a-z][a-z0-9_]{1,63}$/.test(value['code']))
    report(`${path}/code`, 'bad_code', 'code is <domain>_<quantity> in lower case');
  for (const key of ['min', 'max'])
    if (value[key] !== undefined && !isNumber(value[key])) report(`${path}/${key}`, 'bad_number', `${key} must be a number`);
  if (isNumber(value['min']) && isNumber(value['max']) && value['min'] >= value['max'])
    report(`${path}/max`, 'bad_order', 'max must be above min');
  duration(value['interval'], `${path}/interval`, report);
  checkSource(value, path, report);
}

function checkTemplate(value: unknown, codes: ReadonlySet<unknown>, path: string, report: Report): void {
  if (!isBox(value)) return report(path, 'bad_shape', 'a template is a map');
  knownKeys(value, TEMPLATE_KEYS, path, report);
  for (const key of ['id', 'name', 'nameEn']) if (!isText(value[key])) report(`${path}/${key}`, 'text_missing', `${key} must be a text`);
  if (!codes.has(value['metric'])) report(`${path}/metric`, 'unknown_metric', `no metric ${String(value['metric'])} in this pack`);
  const side = value['side'];
  if (side !== 'high' && side !== 'low' && side !== 'both') return report(`${path}/side`, 'bad_side', 'side is high, low or both');
  const needs = isBox(value['needs']) ? value['needs'] : {};
  const levels = listOf(value['levels']);
  if (levels.length === 0) report(`${path}/levels`, 'empty', 'a template needs levels');
  levels.forEach((level, i) => checkLevel(level, { side, needs }, `${path}/levels/${i}`, report));
  const ranks = levels.map((level) => ALARM_LEVELS.indexOf((isBox(level) ? level['level'] : '') as AlarmLevel));
  if (ranks.some((rank, i) => i > 0 && rank <= (ranks[i - 1] ?? -1)))
    report(`${path}/levels`, 'bad_order', 'levels go from blue to red, each once');
}

function checkLevel(value: unknown, { side, needs }: Readonly<{ side: string; needs: Box }>, path: string, report: Report): void {
  if (!isBox(value)) return report(path, 'bad_shape', 'a level is a map');
  knownKeys(value, LEVEL_KEYS, path, report);
  if (!ALARM_LEVELS.includes(value['level'] as AlarmLevel)) report(`${path}/level`, 'bad_level', 'level is blue, yellow, orange or red');
  const limits = side === 'both' ? ['high', 'low'] : ['at'];
  for (const key of limits) checkAmount(value[key], needs, `${path}/${key}`, report);
  if (value['deadband'] !== undefined) checkAmount(value['deadband'], needs, `${path}/deadband`, report);
  for (const key of ['onDelay', 'offDelay']) if (value[key] !== undefined) duration(value[key], `${path}/${key}`, report);
  checkSource(value, path, report);
}

function checkAmount(value: unknown, needs: Box, path: string, report: Report): void {
  if (isNumber(value)) return;
  if (!isBox(value) || !isText(value['of'])) return report(path, 'limit_missing', 'a limit is a number or {of, times?, plus?}');
  if (!Object.hasOwn(needs, value['of'])) report(path, 'unknown_reference', `"needs" does not name ${value['of']}`);
  for (const key of ['times', 'plus'])
    if (value[key] !== undefined && !isNumber(value[key])) report(`${path}/${key}`, 'bad_number', `${key} must be a number`);
}

/** P1: no number without a source; ours are called 平台推荐值, and nothing else is. */
function checkSource(value: Box, path: string, report: Report): void {
  const { source, confidence } = value as Partial<TemplateLevel>;
  if (!isText(source)) return report(`${path}/source`, 'source_missing', `name the standard, or ${OUR_DEFAULT}`);
  if (!CONFIDENCES.includes(confidence as Confidence))
    return report(`${path}/confidence`, 'confidence_missing', 'confidence is S, K or P; an unsure value may not be shipped');
  if ((confidence === 'P') !== (source === OUR_DEFAULT))
    report(`${path}/source`, 'source_wrong', `confidence P and ${OUR_DEFAULT} go together`);
}

function duration(value: unknown, path: string, report: Report): void {
  if (!isText(value) || durationMs(value) === undefined) report(path, 'bad_duration', 'a duration is like 10s, 5m or 1h');
}

function knownKeys(value: Box, known: readonly string[], path: string, report: Report): void {
  for (const key of Object.keys(value)) if (!known.includes(key)) report(`${path}/${key}`, 'unknown_key', `${key} is not known here`);
}

function unique(items: readonly unknown[], key: string, path: string, report: Report): void {
  const seen = new Set<unknown>();
  items.filter(isBox).forEach((item, i) => {
    if (seen.has(item[key])) report(`${path}/${i}/${key}`, 'duplicate', `${String(item[key])} stands here twice`);
    seen.add(item[key]);
  });
}
