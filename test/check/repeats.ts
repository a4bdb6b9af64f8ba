/**
 * The end of one life of the platform, seen before the next one begins: from `at` on nothing can come from the dead, and `sent` holds the
 * ids of notifications whose success it had recorded. Exact, so that no time has to be assumed between a POST and its record.
 */
export type Death = Readonly<{ at: number; sent: ReadonlySet<string> }>;

/**
 * Which calls came again for no reason: in the same life, or in a later one although the death before it left the success on record.
 * A repeat after an outcome that nobody could record is right (the receiver knows it by its id).
 */
export function repeatedInVain(calls: readonly Readonly<{ id: string; at: number }>[], deaths: readonly Death[]): readonly boolean[] {
  const last = new Map<string, number>();
  return calls.map(({ id, at }) => {
    const before = last.get(id);
    last.set(id, at);
    if (before === undefined) return false;
    const between = deaths.filter((death) => death.at >= before && death.at <= at).at(-1);
    return between === undefined || between.sent.has(id);
  });
}
