import type { Activation, RegistrySnapshot } from '@anlan/contracts';

/** The registry as the running process sees it: one immutable snapshot at a time. */
export type RegistrySource = Readonly<{
  current(): RegistrySnapshot;
  /** Called after each change, with the new snapshot. The result unsubscribes. */
  onChange(listener: (snapshot: RegistrySnapshot) => void): () => void;
}>;

/** Rule and point versions in the order in which they became active. */
export type ActivationSource = Readonly<{
  /** Every activation with `version` in (after, upTo], in order. */
  activations(after: number, upTo: number): Promise<readonly Activation[]>;
}>;
