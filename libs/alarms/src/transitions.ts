/**
 * The transition tables of the alarm machine (`alarm-semantics` 1.4), region by region. Each is total by type:
 * a new value or event does not compile until every cell has an answer. E-numbers name the rows of the reference.
 *
 * Q quality and L level need no table: any value may follow any other, and peak never falls.
 */
import type { Ack, Process, SuppressionState, VerdictProcess, Work } from '@anlan/contracts';

/** What a verdict does to region P of an open alarm. */
export type ProcessStep =
  /** Nothing new. */
  | 'keep'
  /** E1 within an open occurrence: the condition is on its way back. */
  | 'pend'
  /** E3: it went away before its delay. */
  | 'unpend'
  /** E6b: it is back in the same occurrence. */
  | 'return'
  /** E7, E8 or a new level on its way. */
  | 'level'
  /** E4. */
  | 'recover'
  /** E5. */
  | 'rebreach'
  /** E6: normal, or latched where the rule latches. */
  | 'end';

export const PROCESS_STEPS = {
  normal: { pending: 'pend', active: 'return', recovering: 'keep', normal: 'keep' },
  pending: { pending: 'pend', active: 'return', recovering: 'keep', normal: 'unpend' },
  active: { pending: 'keep', active: 'level', recovering: 'recover', normal: 'end' },
  recovering: { pending: 'keep', active: 'rebreach', recovering: 'keep', normal: 'end' },
  latched: { pending: 'pend', active: 'return', recovering: 'keep', normal: 'unpend' },
} as const satisfies Record<Process, Record<VerdictProcess, ProcessStep>>;

/** What happens to regions A, S and W. */
export type LifeEvent =
  | 'returned'
  | 'level_rose'
  | 'acknowledged'
  | 're_alarmed'
  | 'link_ack_expired'
  | 'shelved'
  | 'unsuppressed_active'
  | 'unsuppressed'
  | 'marked_false'
  | 'removed'
  | 'auto_closed';

/** E2, E6b, E7, E9, E11, E24: who has seen it. A rise or a return always asks again (I5). */
export const ACK_AFTER = {
  none: {
    returned: 'unacked',
    level_rose: 'unacked',
    acknowledged: 'acked',
    re_alarmed: 'unacked',
    link_ack_expired: 'unacked',
    shelved: 'none',
    unsuppressed_active: 'unacked',
    unsuppressed: 'none',
    marked_false: 'acked',
    removed: 'none',
    auto_closed: 'none',
  },
  unacked: {
    returned: 'unacked',
    level_rose: 'unacked',
    acknowledged: 'acked',
    re_alarmed: 'unacked',
    link_ack_expired: 'unacked',
    shelved: 'unacked',
    unsuppressed_active: 'unacked',
    unsuppressed: 'unacked',
    marked_false: 'acked',
    removed: 'unacked',
    auto_closed: 'unacked',
  },
  acked: {
    returned: 'unacked',
    level_rose: 'unacked',
    acknowledged: 'acked',
    re_alarmed: 'unacked',
    link_ack_expired: 'unacked',
    shelved: 'acked',
    unsuppressed_active: 'unacked',
    unsuppressed: 'acked',
    marked_false: 'acked',
    removed: 'acked',
    auto_closed: 'acked',
  },
} as const satisfies Record<Ack, Record<LifeEvent, Ack>>;

const STAYS = {
  returned: 'same',
  level_rose: 'same',
  acknowledged: 'same',
  re_alarmed: 'same',
  link_ack_expired: 'same',
  shelved: 'same',
  unsuppressed_active: 'same',
  unsuppressed: 'same',
  marked_false: 'same',
  removed: 'same',
  auto_closed: 'same',
} as const satisfies Record<LifeEvent, 'same'>;

/**
 * E9, E20, E30, E31. `same`: the event does not touch it. Closed and false alarms stay so for ever (E22 makes a new occurrence).
 * A condition that returns after its rule was removed and brought back waits for confirmation again; E12 to E18 and E21 come with field work.
 */
export const WORK_AFTER = {
  awaiting_confirmation: {
    ...STAYS,
    acknowledged: 'confirmed',
    marked_false: 'false_alarm',
    removed: 'awaiting_review',
    auto_closed: 'closed',
  },
  confirmed: { ...STAYS, marked_false: 'false_alarm', removed: 'awaiting_review', auto_closed: 'closed' },
  dispatched: { ...STAYS, removed: 'awaiting_review' },
  handling: { ...STAYS, marked_false: 'false_alarm', removed: 'awaiting_review' },
  fed_back: { ...STAYS, marked_false: 'false_alarm', removed: 'awaiting_review' },
  awaiting_review: { ...STAYS, returned: 'awaiting_confirmation' },
  closed: STAYS,
  false_alarm: STAYS,
} as const satisfies Record<Work, Record<LifeEvent, Work | 'same'>>;

/** E23, E24. E25 and E26 (by design, out of service) are known states without events of their own yet; only their end is. */
export const SUPPRESSION_AFTER = {
  none: { ...STAYS, shelved: 'shelved' },
  shelved: { ...STAYS, shelved: 'shelved', unsuppressed: 'none', unsuppressed_active: 'none' },
  by_design: { ...STAYS, unsuppressed: 'none', unsuppressed_active: 'none' },
  out_of_service: { ...STAYS, unsuppressed: 'none', unsuppressed_active: 'none' },
} as const satisfies Record<SuppressionState, Record<LifeEvent, SuppressionState | 'same'>>;

/** May this work state be marked false (E20)? Read from the table, so that both cannot differ. */
export function mayMarkFalse(work: Work): boolean {
  return WORK_AFTER[work].marked_false === 'false_alarm';
}

/** Region W after an event. */
export function workAfter(work: Work, event: LifeEvent): Work {
  const next: Work | 'same' = WORK_AFTER[work][event];
  return next === 'same' ? work : next;
}
