import type { Rule, TrendRule } from '@anlan/contracts';
import type { AnyDetector } from '../detector.js';
import { accel } from './accel/accel.js';
import { baseline } from './baseline/baseline.js';
import { forecast } from './forecast/forecast.js';
import type { AnyKind, Kind } from './kind.js';
import { rate } from './rate/rate.js';
import { shift } from './shift/shift.js';

type Kinds = Readonly<{ [K in TrendRule['kind']]: Kind<K, unknown> }>;

/** Every trend kind by its name; total by type. */
const KINDS: Kinds = { rate, forecast, shift, baseline, accel };

/** The kind of a name; undefined for `threshold`, `health`, `vote` and names that no rule has. Each kind is given its own rules only, by this look-up. */
export function kindOf(name: unknown): AnyKind | undefined {
  return typeof name === 'string' && Object.hasOwn(KINDS, name) ? (KINDS[name as keyof Kinds] as unknown as AnyKind) : undefined;
}

/** The detector of a rule; null for rules that judge readings themselves or none. */
export function detectorOf(rule: Rule): AnyDetector | null {
  return kindOf(rule.kind)?.detector(rule as TrendRule) ?? null;
}

/** What of a trend rule cannot change without another detector. */
export function shapeOf(rule: TrendRule): string {
  return JSON.stringify(kindOf(rule.kind)?.shape(rule));
}
