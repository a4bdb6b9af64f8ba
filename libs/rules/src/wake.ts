/** What time alone does to a point: releases, on-delays, the end of a burst, silence. Never a fall, never a clear. */
import type { Millis } from '@anlan/contracts';
import { release } from './arrival.js';
import { beginStale, staleAfter } from './health.js';
import { freeze, matureUntil, openUntil } from './in-order.js';
import { BURST_OVER_MS, HOLD_GRACE_MS, silentSince, staleDue, valueOf, virtualTime, voiceOf, type PointState } from './point.js';
import { inHand } from './slot-rest.js';
import { tellStanding } from './slot.js';
import type { Desk } from './telling.js';

/** Runs all that is due before log time `desk.at`, each thing once however long the pause was. `upAt`: start of ingest. */
export function wake(point: PointState, upAt: Millis, desk: Desk): void {
  const staleAt = staleDue(point, upAt);
  const until = virtualTime(point, Math.min(desk.at, staleAt), upAt) - HOLD_GRACE_MS - point.spec.reorderMs;
  release(point, until, desk);
  if (!point.old) {
    matureUntil(point, until, desk);
    // Unlike a delay, hours go on while the sensor is silent: what stood when it fell silent still stands.
    openUntil(point, virtualTime(point, desk.at, upAt) - HOLD_GRACE_MS - point.spec.reorderMs, desk);
  } else if (desk.at > silentSince(point, upAt) + BURST_OVER_MS) {
    for (const rest of point.slots) inHand(rest, (slot) => tellStanding(voiceOf(point, desk), slot));
  }
  if (staleAt < desk.at) fallSilent(point, upAt, desk);
}

function fallSilent(point: PointState, upAt: Millis, desk: Desk): void {
  const since = silentSince(point, upAt);
  for (const slot of point.health) {
    const afterMs = staleAfter(slot, point.spec);
    if (since + afterMs >= desk.at) continue;
    beginStale(voiceOf(point, desk), slot, { since, afterMs, value: valueOf(point) });
    if (point.lastT === -Infinity) continue;
    const t = virtualTime(point, since + afterMs, upAt);
    if (point.quality !== 'stale') point.silentT = Math.max(t, (point.silentT ?? -Infinity) + 1);
    freeze(point, { t: point.quality === 'stale' ? t : (point.silentT ?? t), quality: 'stale', live: true }, desk);
    point.ears?.fallSilent(point.silentT ?? t, desk);
  }
}
