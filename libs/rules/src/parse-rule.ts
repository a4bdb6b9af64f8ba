import { RULE_KINDS, type Fault, type HealthRule, type Millis, type Rule } from '@anlan/contracts';
import { kindOf } from './kinds/kinds.js';
import { LEAST_SKEW_LIMIT_MS, SKEW_LIMIT_MS, STALE_TIMES } from './health.js';
import { GATE_KEYS, parseGate } from './parse-gate.js';
import { parseThreshold } from './parse-threshold.js';
import { intervalOf, type Common, type Ground, type RulePoint } from './rule-ground.js';
import { asBody, collector, finite, flag, inside, level, moment, onlyKeys, period, say, text, type Body, type Place } from './shape.js';

export type RuleContext = Readonly<{
  /** Where the body stands, as in `/rules/3`. */
  path: string;
  version: number;
  points: ReadonlyMap<string, RulePoint>;
  /** The scope as the caller resolved it (`group`, `select`). Absent: what `pointId` or `pointIds` say. */
  pointIds?: readonly string[];
  /** Bodies of the other rules by id, as far as known: what `ref`s speak of. */
  rules?: ReadonlyMap<string, unknown>;
}>;

export type ParsedRule = Readonly<{ rule: Rule }> | Readonly<{ faults: readonly Fault[] }>;

const COMMON_KEYS = [
  'id',
  'kind',
  'name',
  'enabled',
  'pointId',
  'pointIds',
  'group',
  'select',
  'validFrom',
  'source',
  'unit',
  'description',
  'template',
] as const;
const SCOPE_KEYS = ['pointId', 'pointIds', 'group', 'select'] as const;
const MOST_POINTS = 100_000;

/** A rule body of the bundle or the API, as the engine runs it: durations in ms, defaults filled in. All faults at once, each with its path. */
export function parseRule(body: unknown, context: RuleContext): ParsedRule {
  const place = collector(context.path);
  const given = asBody(place, body);
  const common = given && parseCommon(place, given, context);
  const rule = given && common && parseKind(place, given, { common, context });
  if (rule && place.faults.length === 0) return { rule };
  return { faults: place.faults.length > 0 ? place.faults : [{ path: context.path, code: 'shape', message: 'is not a rule' }] };
}

function parseCommon(place: Place, body: Body, context: RuleContext): Common | undefined {
  const id = text(inside(place, 'id'), body['id'], 128);
  if (body['id'] === undefined) say(inside(place, 'id'), 'required', 'a rule needs an id');
  if (id?.includes('|') || id?.startsWith('health:')) say(inside(place, 'id'), 'id', 'must not contain "|" nor begin with "health:"');
  const name = text(inside(place, 'name'), body['name'], 200);
  const source = text(inside(place, 'source'), body['source'], 500);
  const validFrom = moment(inside(place, 'validFrom'), body['validFrom']);
  const enabled = flag(inside(place, 'enabled'), body['enabled'], true);
  text(inside(place, 'unit'), body['unit'], 40);
  text(inside(place, 'description'), body['description'], 2_000);
  text(inside(place, 'template'), body['template'], 200);
  const pointIds = parseScope(place, body, context);
  if (id === undefined) return undefined;
  const kept = {
    ...(name !== undefined && { name }),
    ...(source !== undefined && { source }),
    ...(validFrom !== undefined && { validFrom }),
  };
  // What watches the sensor watches it always: for `health` these keys are refused.
  const gate = body['kind'] === 'health' ? {} : parseGate(place, body);
  return { id, version: context.version, enabled, scope: { pointIds }, ...kept, ...gate };
}

function parseScope(place: Place, body: Body, context: RuleContext): readonly string[] {
  const named = SCOPE_KEYS.filter((key) => body[key] !== undefined);
  if (named.length !== 1) say(place, 'scope', `needs exactly one of ${SCOPE_KEYS.join(', ')}`);
  const own =
    body['pointId'] !== undefined
      ? [body['pointId']]
      : Array.isArray(body['pointIds'])
        ? (body['pointIds'] as readonly unknown[])
        : undefined;
  const given = context.pointIds ?? own;
  if (!given) {
    if (named.length === 1) say(place, 'scope', 'names no points');
    return [];
  }
  if (given.length === 0 || given.length > MOST_POINTS) say(place, 'scope', `must come to 1 to ${MOST_POINTS} points`);
  const known = given.filter((id): id is string => typeof id === 'string' && context.points.has(id));
  if (known.length !== given.length) sayUnknown(place, given, context);
  return [...new Set(known)];
}

function sayUnknown(place: Place, given: readonly unknown[], { points }: RuleContext): void {
  const strange = given.filter((id) => typeof id !== 'string' || !points.has(id)).slice(0, 5);
  say(place, 'point_unknown', `names points that are not registered: ${strange.map((id) => String(id).slice(0, 80)).join(', ')}`);
}

function parseKind(place: Place, body: Body, { common, context }: Readonly<{ common: Common; context: RuleContext }>): Rule | undefined {
  const points = common.scope.pointIds.flatMap((id) => context.points.get(id) ?? []);
  switch (body['kind']) {
    case 'threshold':
      onlyKeys(place, body, [...COMMON_KEYS, ...GATE_KEYS, 'side', 'quality', 'maxGap', 'levels']);
      return parseThreshold(place, body, { common, points, rules: context.rules });
    case 'health':
      onlyKeys(place, body, [...COMMON_KEYS, 'stale', 'flatline', 'clockSkew']);
      return parseHealth(place, body, { common, points, rules: context.rules });
    default:
      return parseDetected(place, body, { common, points, rules: context.rules });
  }
}

function parseDetected(place: Place, body: Body, ground: Ground): Rule | undefined {
  const kind = kindOf(body['kind']);
  if (!kind) return say(inside(place, 'kind'), 'kind_unknown', `must be one of ${RULE_KINDS.join(', ')}`);
  onlyKeys(place, body, [...COMMON_KEYS, ...(kind.isUngated ? [] : GATE_KEYS), ...kind.keys]);
  return kind.parse(place, body, ground);
}

/** Silence is never safety: a health rule that does not speak of `stale` or `clockSkew` has the defaults of the implicit one. */
function parseHealth(place: Place, body: Body, { common, points }: Ground): HealthRule {
  const x = intervalOf(points);
  const flatline = body['flatline'] === undefined ? undefined : parseFlatline(inside(place, 'flatline'), body['flatline'], x);
  return {
    ...common,
    kind: 'health',
    stale: parseStale(inside(place, 'stale'), body['stale'], x),
    clockSkew: parseSkew(inside(place, 'clockSkew'), body['clockSkew'], x),
    ...(flatline && { flatline }),
  };
}

function parseStale(place: Place, value: unknown, x: Millis): NonNullable<HealthRule['stale']> {
  const absent = { times: STALE_TIMES, level: 'yellow' } as const;
  if (value === undefined) return absent;
  const body: Body | undefined = typeof value === 'object' ? asBody(place, value) : { after: value };
  if (!body) return absent;
  onlyKeys(place, body, ['after', 'level']);
  const said = level(inside(place, 'level'), body['level'], 'yellow');
  const after = body['after'];
  if (after === undefined) return { times: STALE_TIMES, level: said };
  const afterMs = period(inside(place, 'after'), after, x) ?? 0;
  if (typeof after === 'string' && after.endsWith('x')) {
    const times = Number.parseFloat(after);
    if (times < 1) say(inside(place, 'after'), 'duration_range', 'must be at least one interval');
    return { times, level: said };
  }
  if (afterMs < 1_000) say(inside(place, 'after'), 'duration_range', 'must be at least 1 s');
  return { afterMs, level: said };
}

function parseFlatline(place: Place, value: unknown, x: Millis): HealthRule['flatline'] {
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['for', 'range', 'level']);
  const forMs = period(inside(place, 'for'), body['for'], x);
  const range = body['range'] === undefined || body['range'] === 'resolution' ? 0 : finite(inside(place, 'range'), body['range']);
  if (forMs !== undefined && forMs <= 0) say(inside(place, 'for'), 'duration_range', 'must be longer than 0');
  if (range !== undefined && range < 0) say(inside(place, 'range'), 'number', 'must not be negative');
  if (forMs === undefined || range === undefined) return undefined;
  return { forMs, range, level: level(inside(place, 'level'), body['level'], 'yellow') };
}

function parseSkew(place: Place, value: unknown, x: Millis): NonNullable<HealthRule['clockSkew']> {
  const absent = { overMs: SKEW_LIMIT_MS, level: 'yellow' } as const;
  if (value === undefined) return absent;
  const body: Body | undefined = typeof value === 'object' ? asBody(place, value) : { over: value };
  if (!body) return absent;
  onlyKeys(place, body, ['over', 'level']);
  const overMs = body['over'] === undefined ? SKEW_LIMIT_MS : (period(inside(place, 'over'), body['over'], x) ?? SKEW_LIMIT_MS);
  if (overMs < LEAST_SKEW_LIMIT_MS) say(inside(place, 'over'), 'duration_range', 'must be at least 60 s: less cannot be told from delay');
  return { overMs, level: level(inside(place, 'level'), body['level'], 'yellow') };
}
