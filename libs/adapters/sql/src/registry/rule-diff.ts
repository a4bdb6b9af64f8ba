import { ALARM_LEVELS, type LevelStep, type Rule } from '@anlan/contracts';
import type { LevelDiff, LevelLimit, RuleDiff } from '@anlan/ports';
import { newestOf, type ActiveRule } from './compile-rules.js';

/** What became of each rule, newest version against newest version, in the order of the ids. */
export function ruleDiffs(before: ReadonlyMap<string, ActiveRule>, next: ReadonlyMap<string, ActiveRule>): readonly RuleDiff[] {
  const ids = [...new Set([...before.keys(), ...next.keys()])].sort();
  return ids.flatMap((ruleId) => {
    const [was, is] = [before.get(ruleId), next.get(ruleId)];
    if (was === is) return [];
    const [from, to] = [was && newestOf(was), is && newestOf(is)];
    return [{ ruleId, from: from?.version ?? null, to: to?.version ?? null, levels: levelDiffs(from, to) }];
  });
}

function levelDiffs(was: Rule | undefined, is: Rule | undefined): readonly LevelDiff[] {
  return ALARM_LEVELS.flatMap((level) => {
    const [from, to] = [limitOf(was, level), limitOf(is, level)];
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ level, from, to }];
  });
}

/** A rule that does not run has no limits. */
function limitOf(rule: Rule | undefined, level: LevelStep['level']): LevelLimit | null {
  if (!rule || rule.kind === 'health' || !rule.enabled) return null;
  const step = rule.levels.find((one) => one.level === level);
  if (!step) return null;
  return step.at ?? [step.low ?? 0, step.high ?? 0];
}
