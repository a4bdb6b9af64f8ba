import type { Millis, PointSpec, Quality, Reading } from '@anlan/contracts';
import { staleAfter, type HealthSlot } from './health.js';
import { nextDue } from './ladder.js';
import { standsUnseen, type Slot, type Voice } from './slot.js';
import type { Desk } from './telling.js';

/** A reading that waits in the reorder buffer, with how old it was when it came. */
export type Held = Readonly<{ reading: Reading; old: boolean }>;

/** All that the engine keeps of one point. Mutable, owned by the engine; nothing in it refers to another point. */
export type PointState = {
  spec: PointSpec;
  /** Log time of the last arrival; of the activation before the first. */
  lastArrival: Millis;
  /** Watermark: the newest event time that was judged. −Infinity at first. */
  wm: Millis;
  /** Log time at which the newest event time came, held ones included. */
  newestAt: Millis;
  /** Last good or uncertain reading. */
  lastT: Millis;
  lastV: number;
  lastQ: Quality;
  /** Event time since when the data cannot be trusted (bad, maintenance, silent). */
  frozenAt: Millis | null;
  /** As told under standing alarms. */
  quality: 'good' | 'stale' | 'bad' | 'maintenance';
  /** The last in-order reading was beyond the live horizon. */
  old: boolean;
  /** Device times of the last readings, a ring, and their maximum. */
  seen: number[];
  seenNext: number;
  seenMax: Millis;
  held: readonly Held[];
  /** Event time of the last late reading. */
  lateT: Millis | null;
  skews: readonly number[];
  slots: readonly Slot[];
  health: readonly HealthSlot[];
  /** Earliest entry of this point in the wake heap. */
  wake: Millis;
};

export function newPoint(spec: PointSpec, since: Millis): PointState {
  const none = Number.NaN;
  return {
    spec,
    lastArrival: since,
    wm: -Infinity,
    newestAt: -Infinity,
    lastT: -Infinity,
    lastV: none,
    lastQ: 'good',
    frozenAt: null,
    quality: 'good',
    old: false,
    seen: [],
    seenNext: 0,
    seenMax: -Infinity,
    held: [],
    lateT: null,
    skews: [],
    slots: [],
    health: [],
    wake: Infinity,
  };
}

/** How this point speaks now: with the frozen quality if it is frozen, else with that of its last reading. */
export function voiceOf(point: PointState, desk: Desk): Voice {
  return { spec: point.spec, quality: point.quality === 'good' ? point.lastQ : point.quality, desk };
}

/** Last value as a verdict can carry it. */
export function valueOf(point: PointState): number {
  return Number.isNaN(point.lastV) ? 0 : point.lastV;
}

/** A held value counts as held half a second more than it has to, so that a sample expected at that very moment is heard first. */
export const HOLD_GRACE_MS = 500;
/** A burst of old readings is over when nothing has come for so long. */
export const BURST_OVER_MS = 10_000;

/** Log time from which silence counts (H1). `upAt`: start of ingest. */
export function silentSince(point: PointState, upAt: Millis): Millis {
  return Math.max(point.lastArrival, upAt);
}

/** Newest event time seen, held ones included. */
export function newestOf(point: PointState): Millis {
  return point.held.at(-1)?.reading.t ?? point.wm;
}

/** Event time of this point at log time `at`: runs with the log since its newest reading came, but not while ingest was down. */
export function virtualTime(point: PointState, at: Millis, upAt: Millis): Millis {
  return newestOf(point) + (at - Math.max(point.newestAt, upAt));
}

/** Log time after which event time `t` has passed by holding: the inverse of `virtualTime`, with the grace and the reorder window on top. */
function heldPast(point: PointState, t: Millis, upAt: Millis): Millis {
  return Math.max(point.newestAt, upAt) + (t - newestOf(point)) + point.spec.reorderMs + HOLD_GRACE_MS;
}

/** Earliest log time at which one of its health rules calls it silent; Infinity if it is called so already. */
export function staleDue(point: PointState, upAt: Millis): Millis {
  const since = silentSince(point, upAt);
  let due = Infinity;
  for (const slot of point.health) if (!slot.episodes.stale.on) due = Math.min(due, since + staleAfter(slot, point.spec));
  return due;
}

/** Last event time to which the value is taken to hold under this slot's rule. */
export function heldUntil(point: PointState, slot: Slot): Millis {
  const { rule } = slot.compiled;
  if (rule.kind !== 'threshold') return -Infinity;
  if (rule.quality === 'hold') return Infinity;
  const byGap = point.lastT + (rule.maxGapMs ?? 3 * point.spec.intervalMs);
  return point.frozenAt === null ? byGap : Math.min(byGap, point.frozenAt);
}

/** Log time after which something of this point is due though nothing arrives. */
export function wakeDue(point: PointState, upAt: Millis): Millis {
  let due = staleDue(point, upAt);
  const first = point.held[0];
  if (first) due = Math.min(due, heldPast(point, first.reading.t, upAt));
  for (const slot of point.slots) {
    if (point.old) {
      if (standsUnseen(slot)) due = Math.min(due, silentSince(point, upAt) + BURST_OVER_MS);
    } else if (slot.compiled.ladder && slot.ladder.process !== 'normal') {
      const t = nextDue(slot.compiled.ladder, slot.ladder);
      if (t <= heldUntil(point, slot)) due = Math.min(due, heldPast(point, t, upAt));
    }
  }
  return due;
}
