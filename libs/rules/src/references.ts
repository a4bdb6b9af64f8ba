/**
 * References in rule bodies, worked out to plain numbers before the body is read: a level that is a multiple of another level, levels that are
 * limits of an asset, and the bodies of rules that the rule refers to.
 *
 * F1  What comes out holds numbers only; nothing that is read later knows of references.
 * F2  Each moment at which a limit that the rule rests on changes begins a segment of its own, valid from that moment (`rulings` 24, 55).
 * F3  A level whose limit has no number is a fault, never a level left out.
 */
import { ALARM_LEVELS, limitRefsOf, ruleRefsOf, type AlarmLevel, type Limit, type LimitVersion, type Millis } from '@anlan/contracts';
import { asBody, finite, inside, moment, onlyKeys, say, type Body, type Place } from './shape.js';

/** What references may lead to: bodies of rules as written. */
export type ReferenceGround = Readonly<{ limits: ReadonlyMap<string, Limit>; rules: ReadonlyMap<string, unknown> }>;
/** A body without references, and those that it speaks of, as they are from `body.validFrom` on. */
export type Segment = Readonly<{ body: Body; rules: ReadonlyMap<string, unknown> }>;

/** The body at each moment at which it changes, oldest first. Without asset limits that is one segment. Faults are said at their place. */
export function segmentsOf(place: Place, body: Body, ground: ReferenceGround): readonly Segment[] {
  const others = new Map(
    ruleRefsOf(body).flatMap(({ id }) => (isBody(ground.rules.get(id)) ? [[id, ground.rules.get(id) as Body] as const] : [])),
  );
  const known = limitIdsOf([body, ...others.values()]).flatMap((id) => ground.limits.get(id) ?? []);
  const own = moment(inside(place, 'validFrom'), body['validFrom']);
  const froms = momentsOf(known, own);
  return froms.map((from) => ({
    body: resolved(place, { ...body, ...(from !== undefined && { validFrom: from }) }, { limits: ground.limits, at: from }),
    // A fault of another rule is said where that rule is read.
    rules: new Map([...others].map(([id, other]) => [id, resolved(DEAF, other, { limits: ground.limits, at: from })])),
  }));
}

const DEAF: Place = { path: '', fault: () => undefined };

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function limitIdsOf(bodies: readonly Body[]): readonly string[] {
  return [...new Set(bodies.flatMap((body) => limitRefsOf(body).map(({ id }) => id)))];
}

/** From the moment when all limits have begun, each change of one; none lies before the rule's own `validFrom`. */
function momentsOf(limits: readonly Limit[], own: Millis | undefined): readonly (Millis | undefined)[] {
  if (limits.length === 0) return [own];
  const begin = limits.reduce((latest, { versions }) => Math.max(latest, versions[0]?.from ?? 0), own ?? 0);
  const later = limits.flatMap(({ versions }) => versions.map(({ from }) => from)).filter((from) => from > begin);
  return [begin, ...new Set(later)].sort((a, b) => a - b);
}

type Scene = Readonly<{ limits: ReadonlyMap<string, Limit>; at: Millis | undefined }>;

function resolved(place: Place, body: Body, scene: Scene): Body {
  const { levels } = body;
  if (!Array.isArray(levels)) return body;
  const read: LevelReader = { place: inside(place, 'levels'), levels, scene };
  return { ...body, levels: levels.map((level: unknown, i) => (isBody(level) ? resolvedLevel(level, i, read) : level)) };
}

type LevelReader = Readonly<{ place: Place; levels: readonly unknown[]; scene: Scene }>;
const AMOUNTS = ['at', 'high', 'low'] as const;
type AmountKey = (typeof AMOUNTS)[number];

function resolvedLevel(level: Body, i: number, read: LevelReader): Body {
  const { limit, ...rest } = level;
  const place = inside(read.place, i);
  const own = limit === undefined ? {} : { at: limitOf(place, level, read.scene) };
  const multiples = AMOUNTS.flatMap((key) =>
    isBody(rest[key]) ? [[key, multipleOf(inside(place, key), { key, level, read, deep: 0 })]] : [],
  );
  return { ...rest, ...own, ...(Object.fromEntries(multiples) as Body) };
}

/** The number that a level takes from an asset. */
function limitOf(place: Place, { limit, level, ...rest }: Body, scene: Scene): number | undefined {
  const strange = AMOUNTS.find((key) => rest[key] !== undefined);
  if (strange) return say(inside(place, strange), 'limit', 'is not written beside a limit');
  return numberOf(inside(place, 'limit'), { limit, level }, scene);
}

function numberOf(
  place: Place,
  { limit: id, level }: Readonly<{ limit: unknown; level: unknown }>,
  { limits, at }: Scene,
): number | undefined {
  const limit = typeof id === 'string' ? limits.get(id) : undefined;
  if (!limit) return say(place, 'limit_unknown', 'is not the id of a limit');
  const name = ALARM_LEVELS.find((one) => one === level);
  if (!name) return say(place, 'level', `needs a level beside it: ${ALARM_LEVELS.join(', ')}`);
  const version = versionAt(limit, at ?? 0);
  return (
    version?.[name] ??
    say(place, 'limit_level', `${limit.id} has no ${name}${version ? ` from ${new Date(version.from).toISOString()}` : ''}`)
  );
}

function versionAt({ versions }: Limit, at: Millis): LimitVersion | undefined {
  return versions.findLast(({ from }) => from <= at);
}

type Multiple = Readonly<{ key: AmountKey; level: Body; read: LevelReader; deep: number }>;

/** `{times, of, plus?}`: of another level of this rule, or of a number of the asset as `{limit, level}`. */
function multipleOf(place: Place, { key, level, read, deep }: Multiple): number | undefined {
  const amount = asBody(place, level[key]);
  if (!amount) return undefined;
  onlyKeys(place, amount, ['times', 'of', 'plus']);
  const times = amount['times'] === undefined ? 1 : finite(inside(place, 'times'), amount['times']);
  const plus = amount['plus'] === undefined ? 0 : finite(inside(place, 'plus'), amount['plus']);
  const base = baseOf(inside(place, 'of'), amount['of'], { key, level, read, deep });
  return times === undefined || plus === undefined || base === undefined ? undefined : tidy(base * times + plus);
}

function baseOf(place: Place, of: unknown, { key, level, read, deep }: Multiple): number | undefined {
  if (isBody(of)) {
    onlyKeys(place, of, ['limit', 'level']);
    return numberOf(place, { limit: of['limit'], level: of['level'] }, read.scene);
  }
  const name: AlarmLevel | undefined = ALARM_LEVELS.find((one) => one === of);
  if (!name) return say(place, 'reference', `must be a level (${ALARM_LEVELS.join(', ')}) or {limit, level}`);
  const other = read.levels.filter(isBody).find((one) => one['level'] === name);
  if (!other) return say(place, 'reference', `this rule has no ${name}`);
  // Four levels can lean on each other three deep; more is a circle.
  if (other === level || deep >= ALARM_LEVELS.length) return say(place, 'reference', 'leans on itself');
  if (other['limit'] !== undefined) return numberOf(place, { limit: other['limit'], level: name }, read.scene);
  if (isBody(other[key])) return multipleOf(place, { key, level: other, read, deep: deep + 1 });
  return finite(place, other[key]);
}

/** Without the dust of binary fractions: 1.1 × 5 is 5.5. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
