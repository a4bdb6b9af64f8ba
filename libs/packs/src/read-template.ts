import { ALARM_LEVELS, RULE_KINDS, type AlarmLevel } from '@anlan/contracts';
import { isAmount, isOfLevel, isReference } from './amount.js';
import {
  checkRuleDuration,
  checkKeys,
  checkSource,
  checkTexts,
  isBox,
  isNumber,
  isText,
  listOf,
  type Box,
  type Report,
} from './pack-shape.js';

const HEAD_KEYS = ['id', 'metric', 'name', 'nameEn', 'kind', 'interval', 'needs', 'refs', 'note'];
const THRESHOLD_KEYS = [...HEAD_KEYS, 'side', 'levels'];
const KIND_KEYS = [...HEAD_KEYS, 'source', 'clause', 'confidence', 'body'];
const DERIVED_KEYS = ['id', 'metric', 'name', 'nameEn', 'needs', 'refs', 'note', 'source', 'clause', 'confidence', 'formula'];
const SOURCE_KEYS = ['source', 'clause', 'confidence', 'note'];
const LEVEL_KEYS = ['level', 'at', 'high', 'low', 'deadband', 'onDelay', 'offDelay', 'onCount', 'offCount', 'latching', ...SOURCE_KEYS];
/** What the placement says, never the body. */
const NOT_IN_BODY = ['id', 'kind', 'name', 'pointId', 'pointIds', 'group', 'select', 'source', 'enabled', 'validFrom'];
const DEEPEST = 12;

/** What the texts of a template may refer to. */
type Words = Readonly<{ needs: Box; refs: Box }>;
type Where = Readonly<{ path: string; words: Words; report: Report }>;

export function checkTemplate(value: unknown, codes: ReadonlySet<unknown>, path: string, report: Report): void {
  if (!isBox(value)) return report(path, 'bad_shape', 'a template is a map');
  const where = checkHead(value, codes, path, report);
  if (value['kind'] === undefined || value['kind'] === 'threshold') checkThreshold(value, where);
  else checkKind(value, where);
}

/** What the formula comes to is the business of the registry; here: source, inputs declared, and that it is a formula at all. */
export function checkDerived(value: unknown, codes: ReadonlySet<unknown>, path: string, report: Report): void {
  if (!isBox(value)) return report(path, 'bad_shape', 'a derived point is a map');
  checkKeys(value, DERIVED_KEYS, path, report);
  const { words } = checkHead(value, codes, path, report);
  checkSource(value, path, report);
  if (!isBox(value['formula'])) return report(`${path}/formula`, 'bad_shape', 'a formula is a map');
  checkReferences(value['formula'], { path: `${path}/formula`, words, report }, 0);
}

function checkHead(value: Box, codes: ReadonlySet<unknown>, path: string, report: Report): Where {
  checkTexts(value, ['id', 'name', 'nameEn'], path, report);
  if (value['metric'] !== '*' && !codes.has(value['metric']))
    report(`${path}/metric`, 'unknown_metric', `no metric ${String(value['metric'])} in this pack`);
  const words = { needs: isBox(value['needs']) ? value['needs'] : {}, refs: isBox(value['refs']) ? value['refs'] : {} };
  checkTexts(words.needs, Object.keys(words.needs), `${path}/needs`, report);
  checkTexts(words.refs, Object.keys(words.refs), `${path}/refs`, report);
  if (value['interval'] !== undefined) checkRuleDuration(value['interval'], `${path}/interval`, report);
  return { path, words, report };
}

function checkThreshold(value: Box, { path, words, report }: Where): void {
  checkKeys(value, THRESHOLD_KEYS, path, report);
  const side = value['side'];
  if (side !== 'high' && side !== 'low' && side !== 'both') return report(`${path}/side`, 'bad_side', 'side is high, low or both');
  const levels = listOf(value['levels']);
  if (levels.length === 0) report(`${path}/levels`, 'empty', 'a template needs levels');
  levels.forEach((level, i) => {
    const at = `${path}/levels/${i}`;
    if (!checkLevel(level, { path: at, words, report })) return;
    for (const key of side === 'both' ? ['high', 'low'] : ['at']) checkAmount(level[key], { path: `${at}/${key}`, words, report });
    checkSource(level, at, report);
  });
  checkOrder(levels, `${path}/levels`, report);
}

/** A level of any ladder: its keys, its name and its durations. */
function checkLevel(value: unknown, { path, words, report }: Where): value is Box {
  if (!isBox(value)) {
    report(path, 'bad_shape', 'a level is a map');
    return false;
  }
  checkKeys(value, LEVEL_KEYS, path, report);
  if (!ALARM_LEVELS.includes(value['level'] as AlarmLevel)) report(`${path}/level`, 'bad_level', 'level is blue, yellow, orange or red');
  if (value['deadband'] !== undefined) checkAmount(value['deadband'], { path: `${path}/deadband`, words, report });
  for (const key of ['onDelay', 'offDelay']) if (value[key] !== undefined) checkRuleDuration(value[key], `${path}/${key}`, report);
  return true;
}

function checkOrder(levels: readonly unknown[], path: string, report: Report): void {
  const ranks = levels.map((level) => ALARM_LEVELS.indexOf((isBox(level) ? level['level'] : '') as AlarmLevel));
  if (ranks.some((rank, i) => i > 0 && rank <= (ranks[i - 1] ?? -1))) report(path, 'bad_order', 'levels go from blue to red, each once');
}

/** What the kind itself makes of the body is the business of the rule engine; here: sources, and that everything it speaks of is declared. */
function checkKind(value: Box, { path, words, report }: Where): void {
  checkKeys(value, KIND_KEYS, path, report);
  if (!RULE_KINDS.some((kind) => kind === value['kind'])) report(`${path}/kind`, 'bad_kind', `kind is one of ${RULE_KINDS.join(', ')}`);
  checkSource(value, path, report);
  const body = value['body'];
  if (!isBox(body)) return report(`${path}/body`, 'bad_shape', 'a body is a map');
  for (const key of NOT_IN_BODY)
    if (body[key] !== undefined) report(`${path}/body/${key}`, 'unknown_key', `${key} is given where it is used`);
  listOf(body['levels']).forEach((level, i) => {
    const at = `${path}/body/levels/${i}`;
    if (checkLevel(level, { path: at, words, report }) && SOURCE_KEYS.some((key) => key !== 'note' && level[key] !== undefined))
      checkSource(level, at, report);
  });
  checkOrder(listOf(body['levels']), `${path}/body/levels`, report);
  checkReferences(body, { path: `${path}/body`, words, report }, 0);
}

/** Every amount and every `@name` of a body is declared. */
function checkReferences(value: unknown, { path, words, report }: Where, depth: number): void {
  if (depth > DEEPEST) return report(path, 'too_deep', `at most ${DEEPEST} levels`);
  if (isReference(value) && !Object.hasOwn(words.refs, value.slice(1)))
    return report(path, 'unknown_reference', `"refs" does not name ${value.slice(1)}`);
  if (isAmount(value)) return checkAmount(value, { path, words, report });
  if (Array.isArray(value)) return value.forEach((one, i) => checkReferences(one, { path: `${path}/${i}`, words, report }, depth + 1));
  if (isBox(value))
    for (const [key, one] of Object.entries(value)) checkReferences(one, { path: `${path}/${key}`, words, report }, depth + 1);
}

function checkAmount(value: unknown, { path, words, report }: Where): void {
  if (isNumber(value)) return;
  if (!isBox(value) || !isText(value['of'])) return report(path, 'limit_missing', 'a limit is a number or {of, times?, plus?}');
  if (!Object.hasOwn(words.needs, value['of']) && !isOfLevel(value))
    report(path, 'unknown_reference', `"needs" does not name ${value['of']}`);
  for (const key of ['times', 'plus'])
    if (value[key] !== undefined && !isNumber(value[key])) report(`${path}/${key}`, 'bad_number', `${key} must be a number`);
}
