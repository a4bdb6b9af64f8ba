/** The slots of an engine that wait for what is stored of their points. */
import type { WarmedRecord } from '@anlan/contracts';
import type { PointState } from './point.js';
import { slotOf, type Roster } from './roster.js';
import { warm, warmUpOf, type WarmUp } from './warm-up.js';

/** At most so many. What waits no longer, or has left its point, is forgotten on the way. */
export function waitingIn({ cold, points }: Roster, most: number): readonly WarmUp[] {
  const found: WarmUp[] = [];
  for (const [slot, point] of cold ?? []) {
    if (found.length === most) break;
    const isThere = points.get(point.spec.pointId) === point && point.slots.includes(slot);
    const order = isThere ? warmUpOf(point, slot) : undefined;
    if (order) found.push(order);
    else cold?.delete(slot);
  }
  return found;
}

/** Slots of a restored point go on waiting. */
export function goOnWaiting({ cold }: Roster, point: PointState): void {
  for (const slot of point.slots) if (slot.trace?.waiting) cold?.set(slot, point);
}

/** The points that took something up. */
export function takeWarmed({ points }: Roster, { slots }: WarmedRecord): readonly PointState[] {
  return slots.flatMap((warmed) => {
    const point = points.get(warmed.pointId);
    const slot = point && slotOf(point, warmed.ruleId);
    return slot && warm(point, slot, warmed) ? [point] : [];
  });
}
