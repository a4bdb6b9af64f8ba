import type { AccelRule } from '@anlan/contracts';
import { collector } from '../shape.js';
import type { Detector } from '../detector.js';
import { accel } from '../kinds/accel/accel.js';
import type { AccelState, Finding } from '../kinds/accel/state.js';
import { normal } from './noise.js';

export const H = 3_600_000;
export const D = 24 * H;
export const T0 = 1_700_000_000_000;

/** The rule as parsed, and what was wrong with it. */
export function ruleFrom(body: Readonly<Record<string, unknown>>): Readonly<{ rule: AccelRule | undefined; faults: readonly string[] }> {
  const place = collector('');
  const common = { id: 'a', version: 1, enabled: true, scope: { pointIds: ['p'] } };
  const rule = accel.parse(place, body, { common, points: [{ intervalMs: H }], rules: undefined });
  return { rule: place.faults.length === 0 ? rule : undefined, faults: place.faults.map(({ path, code }) => `${path} ${code}`) };
}

export function ruleOf(body: Readonly<Record<string, unknown>> = {}): AccelRule {
  const { rule, faults } = ruleFrom(body);
  if (!rule) throw new Error(faults.join());
  return rule;
}

export type Seen = Readonly<{
  t: number;
  rank: number | undefined;
  now: Finding | null;
  zh: string;
  lines: readonly string[];
  numbers: readonly string[];
}>;

/** A detector that is fed hour by hour, as the engine would. */
export function watch(rule: AccelRule, detector: Detector<AccelState> = accel.detector(rule)) {
  let state = detector.start();
  let [last, before] = [0, -Infinity];
  return {
    /** `mute` leaves the words and lines out: they cost most. */
    take(t: number, v: number, { certain = true, mute = false } = {}): Seen {
      const rank = detector.step(state, { t, v, certain, gapMs: t - before, intervalMs: H, open: last > 0 });
      before = t;
      last = rank ?? last;
      if (mute) return { t, rank, now: state.now, zh: '', lines: [], numbers: [] };
      const about = { t, score: last, rank: Math.max(1, last), limit: last, pointUnit: 'mm' };
      const evidence = detector.evidence(state, about);
      const { zh } = detector.explain(state, about);
      return {
        t,
        rank,
        now: state.now,
        zh,
        lines: evidence?.lines.map(({ name }) => name) ?? [],
        numbers: Object.keys(evidence?.numbers ?? {}),
      };
    },
    reload: () => (state = detector.load(JSON.parse(JSON.stringify(detector.save(state))))),
    state: () => state,
  };
}

/** Displacement at `at(days)` with normal noise, hourly from 0 to `days`. */
export function follow(
  rule: AccelRule,
  days: number,
  at: (d: number) => number,
  { sigma = 1, seed = 1, everyMs = H, mute = false } = {},
): readonly Seen[] {
  const watcher = watch(rule);
  const gauss = normal(seed);
  const seen: Seen[] = [];
  for (let t = 0; t <= days * D; t += everyMs) seen.push(watcher.take(T0 + t, at(t / D) + sigma * gauss(), { mute }));
  return seen;
}

export const highest = (seen: readonly Seen[]): number => Math.max(...seen.map(({ rank }) => rank ?? 0));
/** Stages that lasted `ms` and more. */
export function lasting(seen: readonly Seen[], ms = 6 * H): number {
  let most = 0;
  for (let rank = 1; rank <= 4; rank += 1) {
    let since = Number.NaN;
    for (const one of seen) {
      if ((one.rank ?? 0) < rank) since = Number.NaN;
      else if (!(one.t - since < ms)) since = Number.isNaN(since) ? one.t : ((most = rank), since);
    }
  }
  return most;
}
