import type { Millis, Rule, TrendRule, VoteRule } from '@anlan/contracts';
import type { AnyDetector, Detector, RuleOf } from '../detector.js';
import type { Ground } from '../rule-ground.js';
import type { Body, Place } from '../shape.js';

/** Rules whose score a detector makes. */
export type DetectedRule = TrendRule | VoteRule;

/** One kind with a detector: how its body is read, and what makes its score. */
export type Kind<K extends DetectedRule['kind'], S> = Readonly<{
  /** Keys of the body besides those that every rule has. Others are refused before `parse` is called. */
  keys: readonly string[];
  /** Its rules know no hours and no modes. */
  isUngated?: true;
  /** Reads the body; says every fault at its place and then returns undefined. Durations to ms, defaults filled in. */
  parse(place: Place, body: Body, ground: Ground): RuleOf<K> | undefined;
  detector(rule: RuleOf<K>): Detector<S>;
  /** What of a rule makes another detector if it changes (window, estimator …): an edit of these is structural. Plain JSON. */
  shape(rule: RuleOf<K>): unknown;
  /** Stretch of past readings, of a point of this interval, that fills a new memory; 0: it has none that readings fill. */
  reach(rule: RuleOf<K>, intervalMs: Millis): Millis;
}>;

/** A kind whose types are known to itself only. */
export type AnyKind = Readonly<{
  keys: readonly string[];
  isUngated?: true;
  parse(place: Place, body: Body, ground: Ground): Rule | undefined;
  detector(rule: DetectedRule): AnyDetector;
  shape(rule: DetectedRule): unknown;
  reach(rule: DetectedRule, intervalMs: Millis): Millis;
}>;
