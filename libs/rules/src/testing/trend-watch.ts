/** A trend rule on one point, for specs: its detector and its ladder, without log, clock or engine. */
import type { LadderedRule, Millis, Rule } from '@anlan/contracts';
import type { Detector, Input } from '../detector.js';
import { judge } from '../ladder.js';
import { compileLadder } from '../ladder-rule.js';
import { quietAfter, type Ladder } from '../ladder-state.js';
import { parseRule, type RuleContext } from '../parse-rule.js';
import type { RulePoint } from '../rule-ground.js';
import { detectorOf } from '../kinds/kinds.js';

export type Setting = Readonly<{ point: RulePoint; rules?: ReadonlyMap<string, unknown> }>;

function contextOf({ point, rules }: Setting): RuleContext {
  return { path: '', version: 1, points: new Map([['p', point]]), ...(rules && { rules }) };
}

export function faultsOf(body: object, setting: Setting): readonly string[] {
  const parsed = parseRule({ id: 'r', pointId: 'p', ...body }, contextOf(setting));
  return 'faults' in parsed ? parsed.faults.map(({ path, code }) => `${path} ${code}`) : [];
}

export function ruleFrom(body: object, setting: Setting): Rule {
  const parsed = parseRule({ id: 'r', pointId: 'p', ...body }, contextOf(setting));
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.rule;
}

export type Seen = Readonly<{ score: number | undefined; ladder: Ladder; isRaised: boolean }>;

/** Feeds readings in order; `save` puts the detector's memory through JSON before each of them. */
export function watch(body: object, setting: Setting, { save = false }: Readonly<{ save?: boolean }> = {}) {
  const rule = ruleFrom(body, setting);
  const detector = detectorOf(rule) as unknown as Detector;
  const compiled = compileLadder(rule as LadderedRule<string>);
  const { intervalMs } = setting.point;
  let state = detector.start();
  let ladder = quietAfter(0);
  let last: Millis | undefined;
  const saved = (): unknown => JSON.parse(JSON.stringify(detector.save(state)));
  return {
    rule,
    saved,
    see(t: Millis, v: number, more: Partial<Input> = {}): Seen {
      if (save) state = detector.load(saved());
      const gapMs = last === undefined ? Infinity : t - last;
      last = t;
      const open = ladder.process !== 'normal';
      const input: Input = { t, v, certain: true, gapMs, intervalMs, open, ...more };
      const score = detector.step(state, input);
      const before = ladder;
      if (score !== undefined)
        ladder = judge(compiled, before, {
          t,
          v: score,
          certain: input.certain,
          broken: gapMs > 3 * intervalMs,
          pausedMs: 0,
          edited: false,
        });
      return { score, ladder, isRaised: before.level === 0 && ladder.level > 0 };
    },
    why: (score: number, limit?: number) => detector.explain(state, { t: last ?? 0, score, rank: ladder.level, limit, pointUnit: 'm' }),
    drawn: (score = 0) => detector.evidence(state, { t: last ?? 0, score, rank: ladder.level, limit: undefined, pointUnit: 'm' }),
  };
}
