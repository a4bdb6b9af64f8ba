/** What a member does with the partitions that it is given. */
export type Holder = Readonly<{
  /** Takes up the work of a partition; resolves when it runs. */
  take(partition: number): Promise<void>;
  /** Finishes what is in hand and lets go; resolves when nothing more will be done for it. */
  release(partition: number): Promise<void>;
}>;

export type Membership = Readonly<{
  held(): readonly number[];
  /** Releases all and tells the group, so that the others need not wait for the session to end. */
  leave(): Promise<void>;
}>;

/**
 * Shares the partitions of a topic among the processes of a group.
 *
 * H1  At rest each partition is held by exactly one living member.
 * H2  A partition that moves between living members is released by the old one before the new one takes it, within the
 *     rebalance timeout. The partitions of a member that died, or no longer answers, are taken over within the session timeout.
 *     So two may hold one for a moment: what a holder does must be fenced (C2) or idempotent.
 * H3  A `take` that fails is tried again; it never ends the membership. `take` and `release` of one partition never overlap.
 */
export type Shares = Readonly<{
  /** Resolves when the member has been admitted; partitions come by `take`, at once or later. */
  join(group: string, topic: string, holder: Holder): Promise<Membership>;
}>;
