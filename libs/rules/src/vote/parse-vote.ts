import { ALARM_LEVELS, LEVELS, rankOf, type AlarmLevel, type VoteRow, type VoteRule, type VoteTree, type VoteWay } from '@anlan/contracts';
import { parseLadder } from '../parse-ladder.js';
import { intervalOf, type Ground } from '../rule-ground.js';
import { asBody, finite, inside, level, oneOf, onlyKeys, period, say, text, type Body, type Place } from '../shape.js';

const STEP_KEYS = ['onDelay', 'offDelay', 'onCount', 'offCount', 'latching'] as const;
/** Keys of a vote besides those of every rule. */
export const VOTE_KEYS = [
  'at',
  'rollup',
  'k',
  'when',
  'gives',
  'rules',
  'items',
  'window',
  'domains',
  'ifTooFew',
  'tooFewLevel',
  'levels',
  ...STEP_KEYS,
] as const;
const MOST_ROWS = 16;
const MOST_NEED = 1_000;
const MOST_REFS = 200;
const TREE = { depth: 6, nodes: 40 } as const;

/**
 * A vote over the points of its scope. Exactly one of `rollup`, `k`, `when`. Shown at `at`; absent: at the member that comes first by id.
 * `levels` give delays, counts and latching a level; their limits are the levels themselves. Absent: every level that can be voted, with the delays at the top.
 */
export function parseVote(place: Place, body: Body, ground: Ground): VoteRule | undefined {
  const { pointIds } = ground.common.scope;
  const way = parseWay(place, body);
  const at = body['at'] === undefined ? [...pointIds].sort()[0] : text(inside(place, 'at'), body['at'], 64);
  const rules = body['rules'] === undefined ? undefined : parseRefs(inside(place, 'rules'), body['rules']);
  const items = body['items'] === undefined ? undefined : parseRefs(inside(place, 'items'), body['items']);
  const windowMs = body['window'] === undefined ? 0 : (period(inside(place, 'window'), body['window'], intervalOf(ground.points)) ?? 0);
  const domains =
    body['domains'] === undefined ? 'gateway' : oneOf(inside(place, 'domains'), body['domains'], ['gateway', 'device', 'none']);
  if (body['ifTooFew'] !== undefined) oneOf(inside(place, 'ifTooFew'), body['ifTooFew'], ['unableToVote']);
  const tooFewLevel = level(inside(place, 'tooFewLevel'), body['tooFewLevel'], 'yellow');
  if (items && body['when'] !== undefined) say(inside(place, 'items'), 'vote', 'goes with rollup or k, not with when');
  if (items && rules) say(inside(place, 'rules'), 'vote', 'has no meaning beside items');
  if (items) checkCircle(inside(place, 'items'), ground, items);
  if (!way || at === undefined || !domains) return undefined;
  if (way.by !== 'when') checkReach(place, way, (items ?? pointIds).length);
  const ladder = parseLadder(place, { levels: levelsOf(place, body, way) }, ground, { side: 'high', deadband: 0 });
  if (!ladder) return undefined;
  // A vote holds until it is cast anew: silence of its members is counted by the vote itself, not by gaps between its samples.
  const holds = { quality: 'hold', maxGapMs: FOREVER } as const;
  return {
    ...ground.common,
    ...ladder,
    ...holds,
    kind: 'vote',
    place: at,
    way,
    windowMs,
    domains,
    tooFewLevel,
    ...(rules && { rules }),
    ...(items && { items }),
  };
}

const FOREVER = 100 * 365 * 86_400_000;

function parseWay(place: Place, body: Body): VoteWay | undefined {
  const named = (['rollup', 'k', 'when'] as const).filter((key) => body[key] !== undefined);
  const [way] = named;
  if (way === undefined || named.length > 1) return say(place, 'vote', 'needs exactly one of rollup, k, when');
  if (way !== 'when' && body['gives'] !== undefined) say(inside(place, 'gives'), 'vote', 'goes with when only');
  const at = inside(place, way);
  switch (way) {
    case 'rollup':
      return parseRows(at, body['rollup']);
    case 'k': {
      const k = parseNeed(at, body['k']);
      return k === undefined ? undefined : { by: 'confirm', k };
    }
    case 'when': {
      const tree = parseTree(at, body['when'], { depth: 1, nodes: { count: 0 } });
      const gives = oneOf(inside(place, 'gives'), body['gives'], ALARM_LEVELS);
      return tree && gives ? { by: 'when', tree, gives } : undefined;
    }
  }
}

function parseNeed(place: Place, value: unknown): number | undefined {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_NEED) return Number(value);
  return say(place, 'count', `must be a whole number from 1 to ${MOST_NEED}`);
}

function parseRows(place: Place, value: unknown): VoteWay | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_ROWS)
    return say(place, 'vote', `must be a list of 1 to ${MOST_ROWS} rows {need, of, gives}`);
  const rows = value.flatMap((one: unknown, i): readonly VoteRow[] => {
    const at = inside(place, i);
    const body = asBody(at, one);
    if (!body) return [];
    onlyKeys(at, body, ['need', 'of', 'gives']);
    const need = parseNeed(inside(at, 'need'), body['need']);
    const of = oneOf(inside(at, 'of'), body['of'], ALARM_LEVELS);
    const gives = oneOf(inside(at, 'gives'), body['gives'], ALARM_LEVELS);
    return need !== undefined && of && gives ? [{ need, of, gives }] : [];
  });
  return rows.length === value.length ? { by: 'rollup', rows } : undefined;
}

function parseRefs(place: Place, value: unknown): readonly string[] | undefined {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MOST_REFS && value.every((id) => typeof id === 'string');
  return isList ? [...new Set(value as readonly string[])] : say(place, 'refs', `must be a list of 1 to ${MOST_REFS} rule ids`);
}

type Depth = Readonly<{ depth: number; nodes: { count: number } }>;

function parseTree(place: Place, value: unknown, { depth, nodes }: Depth): VoteTree | undefined {
  nodes.count += 1;
  if (depth > TREE.depth || nodes.count > TREE.nodes)
    return say(place, 'vote', `is more than ${TREE.depth} deep or ${TREE.nodes} nodes large`);
  const body = asBody(place, value);
  if (!body) return undefined;
  const below = { depth: depth + 1, nodes };
  const list = (key: string): readonly VoteTree[] | undefined => parseTrees(inside(place, key), body[key], below);
  if (body['all'] !== undefined || body['any'] !== undefined) {
    const key = body['all'] !== undefined ? 'all' : 'any';
    onlyKeys(place, body, [key]);
    const trees = list(key);
    return trees && (key === 'all' ? { all: trees } : { any: trees });
  }
  if (body['not'] !== undefined) {
    onlyKeys(place, body, ['not']);
    const tree = parseTree(inside(place, 'not'), body['not'], below);
    return tree && { not: tree };
  }
  if (body['atLeast'] !== undefined) {
    onlyKeys(place, body, ['atLeast', 'of']);
    const atLeast = parseNeed(inside(place, 'atLeast'), body['atLeast']);
    const of = list('of');
    return of && atLeast !== undefined ? { atLeast, of } : undefined;
  }
  return parseLeaf(place, body);
}

function parseTrees(place: Place, value: unknown, below: Depth): readonly VoteTree[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > TREE.nodes) return say(place, 'vote', 'must be a list of conditions');
  const trees = value.flatMap((one: unknown, i) => parseTree(inside(place, i), one, below) ?? []);
  return trees.length === value.length ? trees : undefined;
}

function parseLeaf(place: Place, body: Body): VoteTree | undefined {
  const point = text(inside(place, 'point'), body['point'], 64);
  if (body['rule'] !== undefined) {
    onlyKeys(place, body, ['rule', 'point', 'level']);
    const rule = text(inside(place, 'rule'), body['rule'], 128);
    const shown = level(inside(place, 'level'), body['level'], 'blue');
    return rule === undefined ? undefined : { rule, level: shown, ...(point !== undefined && { point }) };
  }
  onlyKeys(place, body, ['point', 'side', 'at']);
  if (point === undefined) return say(place, 'vote', 'must be all, any, not, atLeast, {point, side, at} or {rule, level}');
  const side = body['side'] === undefined ? 'high' : oneOf(inside(place, 'side'), body['side'], ['high', 'low']);
  const at = finite(inside(place, 'at'), body['at']);
  return side && at !== undefined ? { point, side, at } : undefined;
}

/** A table none of whose rows the members can ever meet says nothing at all. */
function checkReach(place: Place, way: Exclude<VoteWay, { by: 'when' }>, members: number): void {
  const least = way.by === 'rollup' ? Math.min(...way.rows.map(({ need }) => need)) : way.k;
  if (least > members) say(place, 'vote_unreachable', `needs ${least} members and has ${members}`);
}

function checkCircle(place: Place, { rules, common }: Ground, items: readonly string[]): void {
  const seen = new Set<string>();
  const open = [...items];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === common.id) return say(place, 'circle', `${id} would vote on itself`);
    if (seen.has(id)) continue;
    seen.add(id);
    const body = rules?.get(id) as Body | undefined;
    if (body && body['kind'] !== 'vote') say(place, 'ref', `${id} is not a vote`);
    const below = body?.['items'];
    if (Array.isArray(below)) open.push(...below.filter((one): one is string => typeof one === 'string'));
  }
}

/** The bodies of the levels: each at its own rank. */
function levelsOf(place: Place, body: Body, way: VoteWay): unknown {
  const shared = Object.fromEntries(STEP_KEYS.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]));
  const given = body['levels'];
  if (given === undefined) return votedBy(way).map((name) => ({ ...shared, level: name, at: rankOf(name) }));
  for (const key of Object.keys(shared)) say(inside(place, key), 'levels', 'write it inside levels');
  if (!Array.isArray(given)) return given;
  return given.map((one: unknown, i) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    const named = one as Body;
    if (named['at'] !== undefined)
      say(inside(inside(inside(place, 'levels'), i), 'at'), 'limit', 'is not used in a vote: the limit is the level');
    return { ...named, at: LEVELS.findIndex((name) => name === named['level']) };
  });
}

function votedBy(way: VoteWay): readonly AlarmLevel[] {
  switch (way.by) {
    case 'rollup':
      return ALARM_LEVELS.filter((name) => way.rows.some(({ gives }) => gives === name));
    case 'confirm':
      return ALARM_LEVELS;
    case 'when':
      return [way.gives];
  }
}
