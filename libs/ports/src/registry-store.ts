import type { Activation, Actor, AlarmLevel, BundleKind, ChangedKind, Derived, Fault, Millis, Rule } from '@anlan/contracts';
import type { ActivationSource, RegistrySource } from './registry-source.js';

export type ImportOutcome =
  | Readonly<{
      kind: 'applied';
      applied: Readonly<Record<string, number>>;
      unchanged: number;
      warnings: readonly Fault[];
      version: number;
      /** Null when nothing that the engine runs changed. */ activation: Activation | null;
      /** What was written, without credentials, phones and webhooks; `entity` is null for what was removed. */ changed: readonly EntityChanged[];
      /** What became of rules, in the order of their ids. */ rules: readonly RuleDiff[];
      /** Changes that wait for a second person instead of having been applied. */ pending: readonly Held[];
    }>
  | Readonly<{ kind: 'refused'; errors: readonly Fault[] }>;

export type StoredRule = Readonly<{
  rule: Rule;
  /** As the bundle wrote it. */ body: Readonly<Record<string, unknown>>;
  author: string;
  reason: string | null;
  approvedBy: string | null;
  createdAt: Millis;
  active: boolean;
}>;
/** The formula of a derived point from one change on. Immutable. */
export type FormulaVersion = Readonly<{
  version: number;
  /** Null: from here on the point is measured, or is gone. */ derived: Derived | null;
  author: string;
  reason: string | null;
  approvedBy: string | null;
  createdAt: Millis;
}>;
/** What became of one rule. `from` null: it is new; `to` null: it is gone. */
export type RuleDiff = Readonly<{ ruleId: string; from: number | null; to: number | null; levels: readonly LevelDiff[] }>;
/** A level whose limit changed; null: no such level. A number, or [low, high]. */
export type LevelDiff = Readonly<{ level: AlarmLevel; from: LevelLimit | null; to: LevelLimit | null }>;
export type LevelLimit = number | readonly [low: number, high: number];

/** A change that waits, for one rule that it would weaken. `changeId` null: a dry run, nothing was kept. */
export type Held = Readonly<{
  ruleId: string;
  levels: readonly AlarmLevel[];
  changeId: string | null;
  kind: ChangedKind;
  id: string;
}>;
export const RULE_CHANGE_STATES = ['pending', 'approved', 'rejected', 'expired', 'superseded'] as const;
export type RuleChangeState = (typeof RULE_CHANGE_STATES)[number];
/** A change of a rule, of a limit that rules rest on, or of the formula of a point that they judge, that a second person approves or rejects. */
export type RuleChange = Readonly<{
  id: string;
  kind: ChangedKind;
  /** Of the rule, the limit or the point. */ entityId: string;
  /** Rules that it would weaken, with the levels. */ weakens: readonly Readonly<{ ruleId: string; levels: readonly AlarmLevel[] }>[];
  /** Null: it takes the rule away. */ body: Entity | null;
  /** As it stood when the change was asked for. */ before: Entity;
  author: string;
  reason: string | null;
  createdAt: Millis;
  expiresAt: Millis;
  state: RuleChangeState;
  decidedBy: string | null;
  decidedAt: Millis | null;
  comment: string | null;
}>;
export type Decision = Readonly<{ approve: boolean; comment: string | null }>;
/** Besides what an import says: why a change cannot be decided. Nothing is written then. */
export type DecisionOutcome =
  | ImportOutcome
  | Readonly<{ kind: 'unknown' }>
  | Readonly<{ kind: 'not_pending'; state: RuleChangeState }>
  | Readonly<{ kind: 'own_change' }>;

export type ImportOptions = Readonly<{
  /** Keep what raises or takes away an orange or red limit of an active rule as a change that waits, and apply the rest. */
  hold?: boolean;
  /** Write nothing: the outcome says what would be. */
  dryRun?: boolean;
  /** Why something is taken out, for the change that then waits; what is written says its own. */
  reason?: string;
}>;

/** The collections of a bundle, in the order in which they depend on each other. */
export type EntityKind = BundleKind;
export type Entity = Readonly<Record<string, unknown>>;

/** An entity as it now stands, for those who follow the registry. */
export type EntityChanged = Readonly<{ kind: EntityKind; id: string; entity: Entity | null }>;

export type RuleChangePage = Readonly<{ items: readonly RuleChange[]; nextCursor: string | null }>;

/**
 * Registry in the records store.
 * B1  An import is one transaction: all of it or none, every fault listed at once with its path (at most 1 000).
 * B2  Importing the same again changes nothing (`applied` all 0); an absent optional field keeps what is stored.
 * B3  Each change that the engine must know is one immutable activation, written in the same transaction and not yet `logged`.
 * B4  `current()` shows a change when the import has resolved.
 */
export type RegistryStore = RegistrySource &
  ActivationSource &
  Readonly<{
    importBundle(bundle: unknown, by: Actor, now: Millis, options?: ImportOptions): Promise<ImportOutcome>;
    /** The whole registry as a bundle, without credentials; phones and webhooks only when `personal`. */
    exportBundle(options: Readonly<{ personal: boolean }>): Promise<Readonly<Record<string, unknown>>>;
    /** One entity as a bundle would write it. */
    entity(kind: EntityKind, id: string): Promise<Entity | undefined>;
    /** Takes entities out; refused with faults while others refer to them. Open alarms of removed points end by E30 through the activation. */
    remove(kind: EntityKind, ids: readonly string[], by: Actor, now: Millis, options?: ImportOptions): Promise<ImportOutcome>;
    /** The newest active version of each rule. */
    rules(): Promise<readonly StoredRule[]>;
    /** Every version that the rule ever had, oldest first. Several are active when they are valid from different moments. */
    ruleVersions(ruleId: string): Promise<readonly StoredRule[]>;
    /** Every formula that the point ever had, oldest first. */
    formulaVersions(pointId: string): Promise<readonly FormulaVersion[]>;
    /** Changes that wait or waited, newest first. `now` tells which have expired. */
    ruleChanges(now: Millis, query: Readonly<{ state?: RuleChangeState; limit: number; cursor?: string }>): Promise<RuleChangePage>;
    ruleChange(id: string, now: Millis): Promise<RuleChange | undefined>;
    /** B6  Nobody decides about their own change, and what a change was asked about is what it is applied to: a later change supersedes it. */
    decide(id: string, decision: Decision, by: Actor, now: Millis): Promise<DecisionOutcome>;
    /** Marks the active versions of these rules as approved, those of `by` excepted. How many rules that were. */
    approveVersions(ruleIds: readonly string[], by: Actor): Promise<number>;
    /** Active rules with an orange or red limit that no second person has approved. */
    unapproved(): Promise<number>;
    /** Activations not yet known to stand in the readings log, in order. */
    unlogged(): Promise<readonly Activation[]>;
    markLogged(version: number): Promise<void>;
    /** Secrets that the platform made for devices without one, handed out once to the demo's secret file. */
    takeMadeCredentials(): Promise<readonly Readonly<{ deviceId: string; secret: string }>[]>;
  }>;
