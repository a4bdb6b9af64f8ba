/** What the members of a vote show, read from their points. */
import { newest } from '../versions.js';
import type { Millis } from '@anlan/contracts';
import type { PointState } from '../point.js';
import { isCalm, shownOf } from '../slot-rest.js';
import type { MemberState } from './tally.js';

/** What one member shows now, and the event time of the last change of that. */
export type Shown = Readonly<{ rank: number; changedAt: Millis; state: MemberState }>;

export const UNKNOWN: Shown = { rank: 0, changedAt: -Infinity, state: 'lost' };

/** The gravest level that the rules in question show on a point. `counts` absent: all with a ladder. */
export function shownOn(point: PointState | undefined, counts?: (ruleId: string) => boolean): Shown {
  if (!point) return UNKNOWN;
  let rank = 0;
  let changedAt = -Infinity;
  for (const slot of point.slots) {
    if (counts && !counts(slot.versions.ruleId)) continue;
    if (isCalm(slot) && slot.aside === null && rank > 0) continue;
    const shown = shownOf(slot);
    changedAt = Math.max(changedAt, shown.changedAt);
    if (newest(slot.versions)?.rule.enabled && shown.process !== 'normal') rank = Math.max(rank, shown.level);
  }
  return { rank, changedAt, state: stateOf(point) };
}

/** Whether what a point shows can be trusted. */
export function stateOf(point: PointState | undefined): MemberState {
  if (!point || point.quality !== 'good') return 'lost';
  for (const { episodes } of point.health) if (episodes.stale.on) return 'lost';
  return point.lastT === -Infinity ? 'waiting' : 'fresh';
}

/** The failure domain of a member. */
export function domainOf({ spec }: PointState, by: 'gateway' | 'device' | 'none'): string {
  switch (by) {
    case 'gateway':
      return spec.domainOf ?? spec.gatewayId ?? spec.deviceId;
    case 'device':
      return spec.deviceId;
    case 'none':
      return spec.pointId;
  }
}
