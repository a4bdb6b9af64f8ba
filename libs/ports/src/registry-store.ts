import type { Activation, Actor, BundleKind, Fault, Millis, Rule } from '@anlan/contracts';
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
/** The collections of a bundle, in the order in which they depend on each other. */
export type EntityKind = BundleKind;
export type Entity = Readonly<Record<string, unknown>>;

/** An entity as it now stands, for those who follow the registry. */
export type EntityChanged = Readonly<{ kind: EntityKind; id: string; entity: Entity | null }>;

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
    importBundle(bundle: unknown, by: Actor, now: Millis): Promise<ImportOutcome>;
    /** The whole registry as a bundle, without credentials; phones and webhooks only when `personal`. */
    exportBundle(options: Readonly<{ personal: boolean }>): Promise<Readonly<Record<string, unknown>>>;
    /** One entity as a bundle would write it. */
    entity(kind: EntityKind, id: string): Promise<Entity | undefined>;
    /** Takes entities out; refused with faults while others refer to them. Open alarms of removed points end by E30 through the activation. */
    remove(kind: EntityKind, ids: readonly string[], by: Actor, now: Millis): Promise<ImportOutcome>;
    rules(): Promise<readonly StoredRule[]>;
    ruleVersions(ruleId: string): Promise<readonly StoredRule[]>;
    /** Activations not yet known to stand in the readings log, in order. */
    unlogged(): Promise<readonly Activation[]>;
    markLogged(version: number): Promise<void>;
    /** Secrets that the platform made for devices without one, handed out once to the demo's secret file. */
    takeMadeCredentials(): Promise<readonly Readonly<{ deviceId: string; secret: string }>[]>;
  }>;
