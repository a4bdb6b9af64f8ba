import type { Millis, PointSpec, Quality, Reading } from '@anlan/contracts';
import { staleAfter, type HealthSlot } from './health.js';
import { dueOfSlot, isAtRest, isCalm, takeUp, type SlotAtRest } from './slot-rest.js';
import { isGated } from './schedule.js';
import { openingOf, standsUnseen, type Voice } from './slot.js';
import { NOWHERE } from './wake-heap.js';
import type { Desk } from './telling.js';

/** A reading that waits in the reorder buffer, with how old it was when it came. */
export type Held = Readonly<{ reading: Reading; old: boolean }>;

/** The newest reading of a point in one record, and how long nothing had arrived before it. */
export type Arrived = Readonly<{ reading: Reading; silentMs: Millis; arrivedAt: Millis }>;

/** Derived points that read this one. */
export type Ears = Readonly<{
  /** A reading is being judged. */
  hear(held: Held): void;
  /** It has been silent since event time `t`. */
  fallSilent(t: Millis, desk: Desk): void;
}>;
/** Of a point that votes look at. `quietIn`: they have all seen that nothing stands on it, in this state of it; null: they have to look. */
export type Audience = { quietIn: string | null };
/** What of a derived point is saved beside its ladders. */
export type Memory = Readonly<{ save(): unknown; load(saved: unknown): void }>;

/** Device times of this many readings are kept to tell repeats. */
const SEEN = 16;
const NO_READINGS: readonly Held[] = [];
const NO_SKEWS: readonly number[] = [];
const TIMES = { lastArrival: 0, wm: 1, newestAt: 2, lastT: 3, lastV: 4, seenMax: 5, seen: 6 } as const;

/**
 * All that the engine keeps of one point. Owned by the engine; nothing in it refers to another point.
 * A class for one reason: a number of its own is 24 bytes in an object and 8 in an array, and accessors give the places in `times` their names.
 */
export class PointState {
  spec: PointSpec;
  lastQ: Quality = 'good';
  /** Event time since when the data cannot be trusted (bad, maintenance, silent). */
  frozenAt: Millis | null = null;
  /** Event time at which silence was last told: no two silences begin at one event time, whatever a clock does. */
  silentT: Millis | null = null;
  /** As told under standing alarms. */
  quality: 'good' | 'stale' | 'bad' | 'maintenance' = 'good';
  /** The last in-order reading was beyond the live horizon. */
  old = false;
  seenNext = 0;
  held = NO_READINGS;
  /** Event time of the last late reading. */
  lateT: Millis | null = null;
  skews = NO_SKEWS;
  slots: readonly SlotAtRest[] = [];
  health: readonly HealthSlot[] = [];
  ears: Ears | null = null;
  audience: Audience | null = null;
  /** Null for measured points. */
  memory: Memory | null = null;
  /** Of the record in hand; null between records. */
  arrived: Arrived | null = null;
  /** Where it stands in the wake heap. */
  place = NOWHERE;
  /** Changed since it was last saved. */
  isDirty = false;
  private readonly times: number[];

  constructor(spec: PointSpec, since: Millis) {
    const none = Number.NaN;
    this.spec = spec;
    // prettier-ignore
    this.times = [since, -Infinity, -Infinity, -Infinity, none, -Infinity, none, none, none, none, none, none, none, none, none, none, none, none, none, none, none, none];
  }

  /** Log time of the last arrival; of the activation before the first. */
  get lastArrival(): Millis {
    return this.times[TIMES.lastArrival] ?? 0;
  }
  set lastArrival(at: Millis) {
    this.times[TIMES.lastArrival] = at;
  }

  /** Watermark: the newest event time that was judged. −Infinity at first. */
  get wm(): Millis {
    return this.times[TIMES.wm] ?? 0;
  }
  set wm(t: Millis) {
    this.times[TIMES.wm] = t;
  }

  /** Log time at which the newest event time came, held ones included. */
  get newestAt(): Millis {
    return this.times[TIMES.newestAt] ?? 0;
  }
  set newestAt(at: Millis) {
    this.times[TIMES.newestAt] = at;
  }

  /** Last good or uncertain reading. */
  get lastT(): Millis {
    return this.times[TIMES.lastT] ?? 0;
  }
  set lastT(t: Millis) {
    this.times[TIMES.lastT] = t;
  }

  get lastV(): number {
    return this.times[TIMES.lastV] ?? 0;
  }
  set lastV(v: number) {
    this.times[TIMES.lastV] = v;
  }

  /** Device times of the last readings in the order of a ring, whose next place is `seenNext`, and their maximum. */
  get seenMax(): Millis {
    return this.times[TIMES.seenMax] ?? 0;
  }
  set seenMax(t: Millis) {
    this.times[TIMES.seenMax] = t;
  }
  get seen(): readonly Millis[] {
    return this.times.slice(TIMES.seen).filter((t) => !Number.isNaN(t));
  }
  set seen(seen: readonly Millis[]) {
    seen.slice(0, SEEN).forEach((t, i) => (this.times[TIMES.seen + i] = t));
  }

  hasSeen(t: Millis): boolean {
    return t <= this.seenMax && this.times.includes(t, TIMES.seen);
  }

  remember(t: Millis): void {
    this.times[TIMES.seen + this.seenNext] = t;
    this.seenNext = (this.seenNext + 1) % SEEN;
    if (t > this.seenMax) this.seenMax = t;
  }
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
export function newestOf({ held, wm }: PointState): Millis {
  return held.length === 0 ? wm : (held[held.length - 1]?.reading.t ?? wm);
}

/** Nearly always: none of its ladders does anything by time alone. */
export function areAtRest({ slots }: PointState): boolean {
  for (const slot of slots) if (!isAtRest(slot)) return false;
  return true;
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
export function heldUntil(point: PointState, slot: Pick<SlotAtRest, 'compiled'>): Millis {
  const { rule } = slot.compiled;
  if (rule.kind === 'health') return -Infinity;
  if (rule.quality === 'hold') return Infinity;
  const byGap = point.lastT + (rule.maxGapMs ?? 3 * point.spec.intervalMs);
  return point.frozenAt === null ? byGap : Math.min(byGap, point.frozenAt);
}

/** S5. Cheap for all but gated rules with something untold. */
export function openingOfSlot(point: PointState, slot: SlotAtRest): Millis {
  if (slot.aside === null) return Infinity;
  const { rule } = slot.compiled;
  if (rule.kind === 'health' || !isGated(rule) || isCalm(slot)) return Infinity;
  return openingOf(point, takeUp(slot), point.wm);
}

/** Log time after which something of this point is due though nothing arrives. */
export function wakeDue(point: PointState, upAt: Millis): Millis {
  let due = staleDue(point, upAt);
  const first = point.held[0];
  if (first) due = Math.min(due, heldPast(point, first.reading.t, upAt));
  for (const slot of point.slots) {
    if (isCalm(slot)) continue;
    if (point.old) {
      if (standsUnseen(takeUp(slot))) due = Math.min(due, silentSince(point, upAt) + BURST_OVER_MS);
      continue;
    }
    const opening = openingOfSlot(point, slot);
    if (opening < Infinity) due = Math.min(due, heldPast(point, opening, upAt));
    const t = dueOfSlot(slot);
    if (t < Infinity && t <= heldUntil(point, slot)) due = Math.min(due, heldPast(point, t, upAt));
  }
  return due;
}
