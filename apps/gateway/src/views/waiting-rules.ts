import type { Clock, RegistryStore } from '@anlan/ports';

/** Pages of changes that are looked through: more than this many wait nowhere. */
const MOST_PAGES = 10;
const PAGE = 500;

/** Rules with a change that waits for a second person: the id of the change, by rule. */
export async function waitingRules({
  registry,
  clock,
}: Readonly<{ registry: Pick<RegistryStore, 'ruleChanges'>; clock: Clock }>): Promise<ReadonlyMap<string, string>> {
  const waiting = new Map<string, string>();
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, nextCursor } = await registry.ruleChanges(clock.now(), {
      state: 'pending',
      limit: PAGE,
      ...(cursor !== undefined && { cursor }),
    });
    for (const { id, kind, entityId, weakens } of items)
      for (const ruleId of kind === 'rules' ? [entityId] : weakens.map((one) => one.ruleId)) waiting.set(ruleId, id);
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return waiting;
}
