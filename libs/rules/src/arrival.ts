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
import { judge, mature, nextDue, quietAfter, type Ladder, type Sample } from './ladder.js';
import { breaches, type LadderRule } from './ladder-rule.js';
import { newestOf, valueOf, voiceOf, type Held, type PointState } from './point.js';
import { tellAhead, tellRetro, type Slot, type Voice } from './slot.js';
import type { Desk } from './telling.js';
import { pick } from './versions.js';

const SEEN = 16;
/** More than this in the reorder buffer, and the oldest goes out early. */
const MOST_HELD = 256;

/** Takes in one reading of the record in hand. False when it was a repeat. */
export function arrive(point: PointState, { reading, arrivedAt }: Readonly<{ reading: Reading; arrivedAt: Millis }>, desk: Desk): boolean {
  const key = repeatKeyTime(reading);
  if (key <= point.seenMax && point.seen.includes(key)) return false;
  remember(point, key);
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

function remember(point: PointState, key: Millis): void {
  point.seen[point.seenNext] = key;
  point.seenNext = (point.seenNext + 1) % SEEN;
  if (key > point.seenMax) point.seenMax = key;
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

/** A red breach does not wait its turn: told with the earliest breach held as t0. */
function lookAhead(point: PointState, reading: Reading, desk: Desk): void {
  if (reading.q !== 'good' && reading.q !== 'uncertain') return;
  for (const slot of point.slots) {
    const rule = pick(slot.versions, reading.t);
    const red = rule?.ladder?.steps.find((step) => step.rank === 4);
    if (!rule?.ladder || !red || !breaches(red, reading.v) || !rule.rule.enabled) continue;
    if (slot.shown.process === 'active' && slot.shown.level === 4) continue;
    const ladder = tryAhead(point, slot.ladder, rule.ladder);
    if (ladder.process === 'active' && ladder.level === 4)
      tellAhead({ ...voiceOf(point, desk), quality: reading.q }, slot, { ladder, t: reading.t });
  }
}

function tryAhead(point: PointState, from: Ladder, rule: LadderRule): Ladder {
  let ladder = from;
  for (const { reading } of point.held) {
    if (reading.q !== 'good' && reading.q !== 'uncertain') continue;
    ladder = judge(rule, ladder, sampleOf(reading, false));
  }
  return ladder;
}

function sampleOf(reading: Reading, broken: boolean): Sample {
  return { t: reading.t, v: reading.v, certain: reading.q === 'good', broken, pausedMs: 0, edited: false };
}

/** A2. A step back in time starts the second ladders anew. */
function late(point: PointState, reading: Reading, desk: Desk): void {
  const gapMs = reading.t - (point.lateT ?? -Infinity);
  if (reading.q !== 'good' && reading.q !== 'uncertain') return;
  point.lateT = reading.t;
  const voice: Voice = { ...voiceOf(point, desk), quality: reading.q };
  for (const slot of point.slots) {
    if (gapMs <= 0) slot.retro = quietAfter(slot.retro.n);
    passLate(voice, slot, { reading, gapMs });
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
