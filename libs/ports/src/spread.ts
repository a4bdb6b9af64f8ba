/** What each member holds, by its id. */
export type Holdings = ReadonlyMap<string, readonly number[]>;

/**
 * Shares partitions 0 … `partitions` − 1 among members: evenly (the numbers differ by one at most) and with as few moves as that allows.
 * The same holdings give the same result, whoever computes it. Without members nothing is given.
 */
export function spread(partitions: number, holdings: Holdings): Holdings {
  const members = [...holdings.keys()].sort();
  const taken = new Set<number>();
  const kept = new Map(
    members.map((id) => {
      const own = [...new Set(holdings.get(id))].filter((partition) => partition < partitions && !taken.has(partition));
      for (const partition of own) taken.add(partition);
      return [id, own.sort((a, b) => a - b)] as const;
    }),
  );
  const keptOf = (id: string): readonly number[] => kept.get(id) ?? [];
  // Those who hold most keep one more, where it does not come out even.
  const byNeed = [...members].sort((a, b) => keptOf(b).length - keptOf(a).length);
  const quotas = new Map(byNeed.map((id, i) => [id, Math.floor(partitions / members.length) + (i < partitions % members.length ? 1 : 0)]));
  const shares = new Map(members.map((id) => [id, keptOf(id).slice(0, quotas.get(id))]));
  const given = new Set([...shares.values()].flat());
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => !given.has(partition));
  for (const id of members) {
    const share = shares.get(id) ?? [];
    share.push(...free.splice(0, (quotas.get(id) ?? 0) - share.length));
    share.sort((a, b) => a - b);
  }
  return shares;
}

/** What of `target` may be held at once: not what another member still holds (H2). The rest follows when it was let go. */
export function withoutHeldByOthers(target: Holdings, holdings: Holdings): Holdings {
  const heldByOther = (id: string, partition: number): boolean =>
    [...holdings].some(([other, held]) => other !== id && held.includes(partition)) && !holdings.get(id)?.includes(partition);
  return new Map([...target].map(([id, share]) => [id, share.filter((partition) => !heldByOther(id, partition))]));
}
