/**
 * What the arrival of a reading does, before its turn in event order.
 *
 * A1  A device time seen before is a repeat: nothing.
 * A2  t at or before the watermark is late: only the second ladder sees it, and only as `retro`.
 * A3  With a reorder window R a reading waits until the watermark is R beyond it; a red breach is told at once (S4).
 */
import { repeatKeyTime, type Millis, type Reading } from '@anlan/contracts';
import { endStale } from './health.js';
import { accept } from './in-order.js';
import { judge } from './ladder.js';
import { quietAfter, type Ladder, type Sample } from './ladder-state.js';
import { mature, nextDue } from './ladder-time.js';
import { breaches } from './ladder-rule.js';
import { newestOf, valueOf, voiceOf, type Held, type PointState } from './point.js';
import { inHand } from './slot-rest.js';
import { tellAhead, tellRetro, type Slot, type Voice } from './slot.js';
import type { Desk } from './telling.js';
import { pick, type Compiled } from './versions.js';

/** More than this in the reorder buffer, and the oldest goes out early. */
const MOST_HELD = 256;

/** Takes in one reading of the record in hand. False when it was a repeat. */
export function arrive(point: PointState, { reading, arrivedAt }: Readonly<{ reading: Reading; arrivedAt: Millis }>, desk: Desk): boolean {
  const key = repeatKeyTime(reading);
  if (point.hasSeen(key)) return false;
  point.remember(key);
  point.lastArrival = desk.at;
  for (const slot of point.health) if (slot.episodes.stale.on) endStale(voiceOf(point, desk), slot, valueOf(point));
  if (reading.t <= point.wm) {
    late(point, reading, desk);
    return true;
  }
  if (reading.t > newestOf(point)) point.newestAt = desk.at;
  const horizon = point.spec.liveHorizonMs;
  const held: Held = { reading, old: horizon !== null && arrivedAt - reading.t > horizon };
  if (point.spec.reorderMs === 0 && point.held.length === 0) accept(point, held, desk);
  else hold(point, held, desk);
  return true;
}

function hold(point: PointState, held: Held, desk: Desk): void {
  const { t } = held.reading;
  const at = point.held.findLastIndex((one) => one.reading.t <= t) + 1;
  // Two device times on one event time (clock skew): the first stands.
  if (point.held[at - 1]?.reading.t === t) return;
  point.held = [...point.held.slice(0, at), held, ...point.held.slice(at)];
  if (!held.old) lookAhead(point, held.reading, desk);
  release(point, newestOf(point) - point.spec.reorderMs, desk);
}

/** Judges all held readings up to event time `upTo`, in order. */
export function release(point: PointState, upTo: Millis, desk: Desk): void {
  for (let first = point.held[0]; first && (first.reading.t <= upTo || point.held.length > MOST_HELD); first = point.held[0]) {
    point.held = point.held.slice(1);
    accept(point, first, desk);
  }
}

/** A red breach does not wait its turn: told with the earliest breach held as t0. While one is ahead, later ones only keep it there. */
function lookAhead(point: PointState, reading: Reading, desk: Desk): void {
  if (!isUsable(reading)) return;
  for (const rest of point.slots) {
    const compiled = pick(rest.versions, reading.t);
    const red = compiled?.ladder?.steps.find((step) => step.rank === 4);
    if (!compiled || !red || !breaches(red, reading.v) || !compiled.rule.enabled) continue;
    inHand(rest, (slot) => lookAheadIn(point, slot, { reading, compiled, desk }));
  }
}

function lookAheadIn(
  point: PointState,
  slot: Slot,
  { reading, compiled, desk }: Readonly<{ reading: Reading; compiled: Compiled; desk: Desk }>,
): void {
  const isShown = slot.shown.process === 'active' && slot.shown.level === 4;
  if (isShown && slot.aheadT === null) return;
  const ladder = tryAhead(point, slot.ladder, { compiled, upTo: reading.t });
  if (ladder.process !== 'active' || ladder.level !== 4) return;
  if (isShown) slot.aheadT = Math.max(slot.aheadT ?? reading.t, reading.t);
  else tellAhead({ ...voiceOf(point, desk), quality: reading.q }, slot, { ladder, t: reading.t });
}

/** What the ladder will be when the held readings up to event time `upTo` have had their turn, by values and gaps alone. */
function tryAhead(point: PointState, from: Ladder, { compiled, upTo }: Readonly<{ compiled: Compiled; upTo: Millis }>): Ladder {
  const { rule, ladder: steps } = compiled;
  if (!steps || rule.kind !== 'threshold') return from;
  const maxGap = rule.quality === 'hold' ? Infinity : (rule.maxGapMs ?? 3 * point.spec.intervalMs);
  let ladder = from;
  let lastT = point.lastT;
  for (const { reading } of point.held) {
    if (reading.t > upTo) break;
    if (!isUsable(reading)) continue;
    ladder = judge(steps, ladder, sampleOf(reading, reading.t - lastT > maxGap));
    lastT = reading.t;
  }
  return ladder;
}

function isUsable({ q }: Reading): boolean {
  return q === 'good' || q === 'uncertain';
}

function sampleOf(reading: Reading, broken: boolean): Sample {
  return { t: reading.t, v: reading.v, certain: reading.q === 'good', broken, pausedMs: 0, edited: false };
}

/** A2. A step back in time starts the second ladders anew. */
function late(point: PointState, reading: Reading, desk: Desk): void {
  const gapMs = reading.t - (point.lateT ?? -Infinity);
  if (!isUsable(reading)) return;
  point.lateT = reading.t;
  const voice: Voice = { ...voiceOf(point, desk), quality: reading.q };
  for (const rest of point.slots) {
    inHand(rest, (slot) => {
      if (gapMs <= 0) slot.retro = quietAfter(slot.retro.n);
      passLate(voice, slot, { reading, gapMs });
    });
  }
}

function passLate(voice: Voice, slot: Slot, { reading, gapMs }: Readonly<{ reading: Reading; gapMs: Millis }>): void {
  const compiled = pick(slot.versions, reading.t);
  if (!compiled?.ladder || compiled.rule.kind !== 'threshold' || !compiled.rule.enabled) return;
  const maxGap = compiled.rule.maxGapMs ?? 3 * voice.spec.intervalMs;
  const before = slot.retro;
  const last = reading.t - gapMs;
  let ladder = before;
  for (let due = nextDue(compiled.ladder, ladder); due < reading.t && due <= last + maxGap; due = nextDue(compiled.ladder, ladder)) {
    ladder = tellLate(voice, slot, mature(compiled.ladder, ladder, { due, value: ladder.value }));
  }
  tellLate(voice, slot, judge(compiled.ladder, ladder, sampleOf(reading, compiled.rule.quality !== 'hold' && gapMs > maxGap)));
}

/** Tells a late episode when it rises, when it gets worse, and when it ends. */
function tellLate(voice: Voice, slot: Slot, ladder: Ladder): Ladder {
  const was = slot.retro;
  slot.retro = ladder;
  const hasRisen = ladder.peak > (was.n === ladder.n ? was.peak : 0);
  const hasEnded = ladder.process === 'normal' && was.process !== 'normal' && ladder.peak > 0;
  if (hasRisen || hasEnded) tellRetro(voice, slot, ladder);
  return ladder;
}
