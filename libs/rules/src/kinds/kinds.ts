import type { Millis, Rule } from '@anlan/contracts';
import type { AnyDetector } from '../detector.js';
import { accel } from './accel/accel.js';
import { baseline } from './baseline/baseline.js';
import { forecast } from './forecast/forecast.js';
import { vote } from '../vote/vote.js';
import type { AnyKind, DetectedRule, Kind } from './kind.js';
import { rate } from './rate/rate.js';
import { shift } from './shift/shift.js';

type Kinds = Readonly<{ [K in DetectedRule['kind']]: Kind<K, unknown> }>;

/** Every kind with a detector by its name; total by type. */
const KINDS: Kinds = { rate, forecast, shift, baseline, accel, vote };

/** The kind of a name; undefined for `threshold`, `health` and names that no rule has. Each kind is given its own rules only, by this look-up. */
export function kindOf(name: unknown): AnyKind | undefined {
  return typeof name === 'string' && Object.hasOwn(KINDS, name) ? (KINDS[name as keyof Kinds] as unknown as AnyKind) : undefined;
}

/** The detector of a rule; null for rules that judge readings themselves or none. */
export function detectorOf(rule: Rule): AnyDetector | null {
  return kindOf(rule.kind)?.detector(rule as DetectedRule) ?? null;
}

/** What of a rule makes another state if it changes; empty where the score is the reading itself. */
export function shapeOf(rule: Rule): string {
  const kind = kindOf(rule.kind);
  return kind ? JSON.stringify(kind.shape(rule as DetectedRule)) : '';
}

/** Stretch of past readings that fills the memory of a rule; 0: it has none. */
export function reachOf(rule: Rule, intervalMs: Millis): Millis {
  return kindOf(rule.kind)?.reach(rule as DetectedRule, intervalMs) ?? 0;
}
