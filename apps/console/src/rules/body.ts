/** Reading what somebody wrote as a rule: an object of which only the gateway knows that it is sound. */
import { ALARM_LEVELS, RULE_KINDS, rankOf, type AlarmLevel, type EntityJson, type RuleKind, type RuleRowJson } from '@anlan/contracts';
import type { Limit } from '../chart/limits.js';

export type Box = Readonly<Record<string, unknown>>;

export function isBox(value: unknown): value is Box {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
export function kindOf(rule: EntityJson): RuleKind {
  return RULE_KINDS.find((kind) => kind === rule['kind']) ?? 'threshold';
}
export function levelOf(value: unknown): AlarmLevel | undefined {
  return ALARM_LEVELS.find((level) => level === value);
}

/** Levels as written, gravest first; the short form of one level counts as one. */
export function levelsOf(rule: EntityJson): readonly (Box & Readonly<{ level: AlarmLevel }>)[] {
  const given: readonly unknown[] = Array.isArray(rule['levels']) ? rule['levels'] : levelOf(rule['level']) === undefined ? [] : [rule];
  return given
    .flatMap((one) => {
      const level = isBox(one) ? levelOf(one['level']) : undefined;
      return level === undefined ? [] : [{ ...(one as Box), level }];
    })
    .sort((a, b) => rankOf(b.level) - rankOf(a.level));
}

/** Keys that the API adds to a rule as written. */
const ADDED: readonly string[] = [
  'version',
  'active',
  'draft',
  'author',
  'authorName',
  'reason',
  'approvedBy',
  'approvedByName',
  'createdAt',
  'pointCount',
  'watch',
  'limits',
  'pendingChange',
  'unapproved',
  'points',
];

/** The rule as somebody wrote it: in lists and versions, `active` says whether the version stands, and its hours are `schedule`. */
export function writtenOf({ schedule, ...row }: EntityJson): EntityJson {
  const written = Object.fromEntries(Object.entries(row).filter(([key]) => !ADDED.includes(key)));
  return schedule === undefined ? written : { ...written, active: schedule };
}

/** Of a version, `validFrom` too is the platform's word: references give it. */
export function writtenOfVersion(version: EntityJson): EntityJson {
  const { validFrom: _validFrom, ...rest } = writtenOf(version);
  return rest;
}

/** Lines for the chart of a rule that judges readings themselves, references worked out; none for other kinds. */
export function chartLimits(rule: Pick<RuleRowJson, 'limits'> & EntityJson): readonly Limit[] {
  if (kindOf(rule) !== 'threshold') return targetOf(rule);
  const side = rule['side'] === 'low' ? 'low' : 'high';
  const bands = new Map(levelsOf(rule).map((level) => [level.level, numberOf(level['deadband'])]));
  const line = (level: AlarmLevel, on: Limit['side'], at: number | undefined): readonly Limit[] => {
    if (at === undefined) return [];
    const band = bands.get(level);
    return [{ level, side: on, at, reset: band === undefined ? null : on === 'high' ? at - band : at + band }];
  };
  return rule.limits
    .flatMap(({ level, at, high, low }) => [...line(level, side, at), ...line(level, 'high', high), ...line(level, 'low', low)])
    .sort((a, b) => rankOf(a.level) - rankOf(b.level));
}

/** What a forecast looks towards, where it is a number. */
function targetOf(rule: EntityJson): readonly Limit[] {
  const target = rule['target'];
  const at = isBox(target) ? numberOf(target['at']) : undefined;
  if (!isBox(target) || at === undefined) return [];
  return [{ level: levelOf(target['level']) ?? 'red', side: target['side'] === 'low' ? 'low' : 'high', at, reset: null }];
}

/** Limits of assets that the rule refers to, by id. */
export function limitIdsOf(rule: EntityJson): readonly string[] {
  const found = levelsOf(rule).flatMap(({ limit, at }) => {
    const of = isBox(at) && isBox(at['of']) ? at['of']['limit'] : undefined;
    return [textOf(limit), textOf(of)].filter((id) => id !== undefined);
  });
  return [...new Set(found)];
}

/** Limits of the edited body: its numbers, and where it refers to others, what they came to in the standing version. */
export function numbersOf(body: EntityJson, rule: Pick<RuleRowJson, 'limits'>): RuleRowJson['limits'] {
  const { levels } = body;
  if (!Array.isArray(levels)) return rule.limits;
  return (levels as readonly unknown[]).filter(isBox).flatMap((step) => {
    const level = levelOf(step['level']);
    const [at, high, low] = [numberOf(step['at']), numberOf(step['high']), numberOf(step['low'])];
    if (level === undefined) return [];
    if (at === undefined && high === undefined && low === undefined) return rule.limits.filter((one) => one.level === level);
    return [{ level, ...(at !== undefined && { at }), ...(high !== undefined && { high }), ...(low !== undefined && { low }) }];
  });
}
