/** How members become one level: pure, and the same whatever the order of the members. */
import { rankOf, type VoteRow, type VoteTree, type VoteWay } from '@anlan/contracts';

/** `fresh`: its level can be trusted now. `waiting`: nothing was heard of it yet. `lost`: silent, bad or in maintenance; its level is what it last showed. */
export type MemberState = 'fresh' | 'waiting' | 'lost';
/** `rank`: the gravest level that it shows, 0 to 4. Members of one failure domain count as one. */
export type Member = Readonly<{ id: string; domain: string; rank: number; state: MemberState }>;
/** A leaf is true, false, not known yet (nothing was heard), or lost. */
export type LeafTruth = boolean | 'waiting' | 'lost';
/** True, false, or unknown for want of trusted data. */
export type Truth = boolean | undefined;

export type Tally = {
  /** Level voted by what can be trusted. */
  rank: number;
  /** Level if what was lost still is as it last showed: until the two agree nothing may fall. */
  held: number;
  /** `able`; `weak`: some of the table cannot be reached with the members that are left; `unable`: none of it can. */
  power: 'able' | 'weak' | 'unable';
  /** Failure domains that can vote, and all. */
  present: number;
  total: number;
  /** The row of the table that gave `rank`; null: none. */
  row: VoteRow | null;
  /** Who made it so, in the order of ids; at most 8. */
  who: readonly string[];
};

export const NO_TALLY: Tally = { rank: 0, held: 0, power: 'able', present: 0, total: 0, row: null, who: [] };
const MOST_NAMED = 8;

/** `truthOf` answers the leaves of a condition. */
export function tally(way: VoteWay, members: readonly Member[], truthOf: (leaf: VoteTree) => LeafTruth): Tally {
  const total = domainsOf(members, () => true);
  const present = domainsOf(members, ({ state }) => state !== 'lost');
  if (way.by === 'when') return byCondition(way, { present, total, truthOf });
  const fresh = members.filter(({ state }) => state === 'fresh');
  const known = members.filter(({ state }) => state !== 'waiting');
  const needs = (way.by === 'rollup' ? way.rows.map(({ need }) => need) : [way.k]).filter((need) => need <= total);
  const row = way.by === 'rollup' ? gravestRow(way.rows, fresh) : confirmedRow(way.k, fresh);
  // Nearly always: nothing is lost.
  const heldRow = known.length === fresh.length ? row : way.by === 'rollup' ? gravestRow(way.rows, known) : confirmedRow(way.k, known);
  const isWeak = needs.some((need) => present < need);
  return {
    rank: rankIn(row),
    held: rankIn(heldRow),
    power: isWeak || needs.length === 0 ? (needs.some((need) => present >= need) ? 'weak' : 'unable') : 'able',
    present,
    total,
    row,
    who: row ? namesOf(fresh, row) : [],
  };
}

function rankIn(row: VoteRow | null): number {
  return row ? rankOf(row.gives) : 0;
}

function domainsOf(members: readonly Member[], counts: (member: Member) => boolean): number {
  const domains = new Set<string>();
  for (const member of members) if (counts(member)) domains.add(member.domain);
  return domains.size;
}

/** A graver member counts for milder needs. */
function isMet({ need, of }: VoteRow, members: readonly Member[]): boolean {
  return domainsOf(members, ({ rank }) => rank >= rankOf(of)) >= need;
}

function gravestRow(rows: readonly VoteRow[], members: readonly Member[]): VoteRow | null {
  return rows.reduce<VoteRow | null>((best, row) => (rankOf(row.gives) > rankIn(best) && isMet(row, members) ? row : best), null);
}

const CONFIRMED = ['red', 'orange', 'yellow', 'blue'] as const;

/** The gravest level that k domains show. */
function confirmedRow(k: number, members: readonly Member[]): VoteRow | null {
  const most = members.reduce((rank, member) => Math.max(rank, member.rank), 0);
  for (const level of CONFIRMED) {
    if (rankOf(level) > most) continue;
    const row = { need: k, of: level, gives: level };
    if (isMet(row, members)) return row;
  }
  return null;
}

function namesOf(members: readonly Member[], { of }: VoteRow): readonly string[] {
  const names = members.filter(({ rank }) => rank >= rankOf(of)).map(({ id }) => id);
  return names.sort().slice(0, MOST_NAMED);
}

type Condition = Readonly<{ present: number; total: number; truthOf: (leaf: VoteTree) => LeafTruth }>;

/** What is not known yet raises nothing and lets nothing fall; what is lost makes the condition impossible to vote on. */
function byCondition({ gives, tree }: Extract<VoteWay, { by: 'when' }>, { present, total, truthOf }: Condition): Tally {
  const truth = truthIn(tree, truthOf);
  const isLost = truth === undefined && leavesOf(tree).some((leaf) => truthOf(leaf) === 'lost');
  const rank = truth === true ? rankOf(gives) : 0;
  return { rank, held: truth === false ? 0 : rankOf(gives), power: isLost ? 'unable' : 'able', present, total, row: null, who: [] };
}

/** Kleene: known when the unknown parts cannot change it. */
export function truthIn(tree: VoteTree, truthOf: (leaf: VoteTree) => LeafTruth): Truth {
  if ('not' in tree) return negated(truthIn(tree.not, truthOf));
  if ('all' in tree) return counted(tree.all, tree.all.length, truthOf);
  if ('any' in tree) return counted(tree.any, 1, truthOf);
  if ('of' in tree) return counted(tree.of, tree.atLeast, truthOf);
  const truth = truthOf(tree);
  return typeof truth === 'boolean' ? truth : undefined;
}

function negated(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

function counted(trees: readonly VoteTree[], k: number, truthOf: (leaf: VoteTree) => LeafTruth): Truth {
  const truths = trees.map((one) => truthIn(one, truthOf));
  const yes = truths.filter((truth) => truth === true).length;
  const unknown = truths.filter((truth) => truth === undefined).length;
  return yes >= k ? true : yes + unknown >= k ? undefined : false;
}

/** Every leaf of a condition. */
export function leavesOf(tree: VoteTree): readonly VoteTree[] {
  if ('not' in tree) return leavesOf(tree.not);
  const parts = 'all' in tree ? tree.all : 'any' in tree ? tree.any : 'of' in tree ? tree.of : undefined;
  return parts ? parts.flatMap(leavesOf) : [tree];
}
