import { type Cause, type Verdict, type VerdictProcess, type Level, keyText } from '@anlan/contracts';
import { testDigest } from './digest.js';

/** A live verdict of the small city's methane rule; `process`, `level` and `t` are what most tests say. */
export function verdictOf(process: VerdictProcess, level: Level, t: number, more: Partial<Verdict> = {}): Verdict {
  const bare: Omit<Verdict, 'id'> = {
    cause: { partition: 0, offset: t, index: 0 },
    key: { pointId: 'dev-1.ch4', ruleId: 'r-1', kind: 'threshold' },
    lane: 'live',
    trigger: 'reading',
    ruleVersion: 1,
    siteId: 'net-1',
    process,
    level,
    peak: level,
    t0: t,
    n: 1,
    t,
    at: t,
    value: 2.61,
    unit: '%VOL',
    quality: 'good',
    latching: false,
    reason: { zh: '2.61 %VOL ≥ 2.5 %VOL', en: '2.61 %VOL ≥ 2.5 %VOL' },
    ...more,
  };
  const { key, lane, t0, n, trigger } = bare;
  return { id: testDigest([keyText(key), lane, t0, n, bare.process, bare.level, bare.t, trigger].join('|')), ...bare };
}

/** Order of causes: negative when `left` comes first. */
export function compareCauses(left: Cause, right: Cause): number {
  return left.offset - right.offset || left.index - right.index;
}
