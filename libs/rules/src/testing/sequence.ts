import { keyText, type Verdict } from '@anlan/contracts';

const says = ({ trigger, process, level, n, t }: Verdict): string => `${process} ${level} n=${n} t=${t} ${trigger}`;

const isRemoval = ({ trigger }: Verdict): boolean => trigger === 'rule_removed' || trigger === 'point_removed';

/** What one step from `before` (the last change of an open episode, if any) to `verdict` does wrong. */
function faultOf(before: Verdict | undefined, verdict: Verdict, latest: Verdict | undefined): string | undefined {
  if (latest && verdict.t < latest.t && !isRemoval(latest)) return 'its time falls';
  if (before && (verdict.n !== before.n || verdict.t0 !== before.t0)) return 'another episode begins before the last has ended';
  // A rule that comes back counts from 1 again; `t0` tells its episodes apart.
  if (!before && latest && verdict.n <= latest.n && verdict.t0 <= latest.t0) return 'an episode begins again';
  if (verdict.process === 'pending' && before) return 'pending comes first';
  if (verdict.process === 'recovering' && before?.process !== 'active') return 'recovering comes after active';
  if (verdict.process === 'normal' && !before) return 'an end without a beginning';
  return undefined;
}

/**
 * Everything that is wrong with the live verdicts of a log: repeated ids, and threshold keys whose changes are no story (see `Verdict`).
 * A retrospective record that is told again is still one record (decision 0007).
 */
export function sequenceFaults(verdicts: readonly Verdict[]): readonly string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  const open = new Map<string, Verdict>();
  const latest = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const key = keyText(verdict.key);
    if (verdict.lane !== 'live') continue;
    if (ids.has(verdict.id)) faults.push(`${key}: ${says(verdict)}: repeated id`);
    ids.add(verdict.id);
    // Remarks about quality carry the time of the data, and health has its own times.
    if (verdict.key.kind !== 'threshold') continue;
    if (verdict.trigger === 'data_stale' || verdict.trigger === 'data_back') continue;
    const fault = faultOf(open.get(key), verdict, latest.get(key));
    if (fault !== undefined) faults.push(`${key}: ${says(verdict)}: ${fault}`);
    latest.set(key, verdict);
    if (verdict.process === 'normal') open.delete(key);
    else open.set(key, verdict);
  }
  return faults;
}
