/** What an in-order reading (t beyond the watermark) does to its point. */
import type { Millis, Reading } from '@anlan/contracts';
import { startTrace, type AnyDetector, type Input } from './detector.js';
import { editClass } from './edit-class.js';
import { watchValue } from './health.js';
import { isInside, isStill, judge } from './ladder.js';
import { isNormal, type Ladder } from './ladder-state.js';
import { mature, nextDue } from './ladder-time.js';
import { areAtRest, heldUntil, openingOfSlot, voiceOf, type Held, type PointState } from './point.js';
import { endSlot, follow, rejoin, tellOpening, tellQuality, tellStillStanding, type Slot, type Voice } from './slot.js';
import { dueOfSlot, inHand, isAtRest, takeUp, type SlotAtRest } from './slot-rest.js';
import type { Desk } from './telling.js';
import { pick, type Compiled } from './versions.js';
import { hear } from './waiting.js';

/** One reading on its way through the ladders of its point. */
type Passage = Readonly<{ reading: Reading; live: boolean; gapMs: Millis; pausedMs: Millis; intervalMs: Millis }> & {
  /** As detectors see it; made when the first one asks, for most points have none. */
  input: (Omit<Input, 'open'> & { open: boolean }) | null;
};

type Scored = Passage & Readonly<{ compiled: Compiled; score: number }>;

/** Judges the next reading in event order. */
export function accept(point: PointState, { reading, old }: Held, desk: Desk): void {
  const { t, q } = reading;
  point.ears?.hear({ reading, old });
  if (!areAtRest(point)) {
    matureUntil(point, t, desk);
    if (!point.old) openUntil(point, t, desk);
  }
  const gapMs = t - point.lastT;
  point.wm = t;
  point.old = old;
  let spoken: Voice | null = null;
  if (q === 'good' || q === 'uncertain') {
    const pausedMs = point.frozenAt === null ? 0 : Math.max(0, t - point.frozenAt);
    point.frozenAt = null;
    point.lastT = t;
    point.lastV = reading.v;
    point.lastQ = q;
    if (q === 'good' && !old) unfreeze(point, t, desk);
    const voice: Voice = (spoken = { spec: point.spec, quality: q, desk });
    const passage: Passage = { reading, live: !old, gapMs, pausedMs, intervalMs: point.spec.intervalMs, input: null };
    for (const slot of point.slots) pass(voice, slot, passage);
  } else {
    freeze(point, { t, quality: q, live: !old }, desk);
  }
  if (old) return;
  const voice = spoken && point.quality === 'good' ? spoken : voiceOf(point, desk);
  for (const slot of point.health) watchValue(voice, slot, reading, gapMs);
}

/** Lets the held value complete what is due before event time `before`. */
export function matureUntil(point: PointState, before: Millis, desk: Desk): void {
  for (const rest of point.slots) {
    const due = dueOfSlot(rest);
    if (due < before && due <= heldUntil(point, rest)) matureRest(point, rest, { before, desk });
  }
}

function matureRest(point: PointState, rest: SlotAtRest, until: Readonly<{ before: Millis; desk: Desk }>): void {
  inHand(rest, (slot) => matureSlot(point, slot, until));
}

/** S5: tells what stands under rules that may tell again before event time `before`. */
export function openUntil(point: PointState, before: Millis, desk: Desk): void {
  for (const rest of point.slots) if (openingOfSlot(point, rest) < before) openRest(point, rest, desk);
}

function openRest(point: PointState, rest: SlotAtRest, desk: Desk): void {
  inHand(rest, (slot) => tellOpening(voiceOf(point, desk), slot));
}

function matureSlot(point: PointState, slot: Slot, { before, desk }: Readonly<{ before: Millis; desk: Desk }>): void {
  const { ladder: rule } = slot.compiled;
  if (!rule) return;
  const until = heldUntil(point, slot);
  const voice = voiceOf(point, desk);
  for (let due = nextDue(rule, slot.ladder); due < before && due <= until; due = nextDue(rule, slot.ladder)) {
    const was = slot.ladder;
    slot.ladder = mature(rule, was, { due, value: slot.trace ? slot.trace.score : point.lastV });
    follow(voice, slot, { before: was, live: !point.old, trigger: 'tick', t: due });
  }
}

/** No closure here: it would be made for every reading, and nearly every reading is still. */
function pass(voice: Voice, rest: SlotAtRest, passage: Passage): void {
  const { reading } = passage;
  const compiled = pick(rest.versions, reading.t);
  if (!compiled?.ladder || !compiled.rule.enabled) return;
  const score = compiled.detector ? scoreOf(rest, compiled, passage) : reading.v;
  if (score === undefined) return;
  // Nearly always a glance is all that the ladder gives it.
  if (isAtRest(rest) && compiled === rest.compiled && isInside(compiled.ladder, score)) return;
  if (!rest.aside && compiled === rest.compiled && isStill(compiled.ladder, rest.traits, stillAt(score, passage))) return;
  passRest(voice, rest, { ...passage, compiled, score });
}

function stillAt(score: number, { reading }: Passage): Parameters<typeof isStill>[2] {
  return { v: score, certain: reading.q === 'good', edited: false };
}

function passRest(voice: Voice, rest: SlotAtRest, passage: Scored): void {
  inHand(rest, (slot) => passSlot(voice, slot, passage));
}

/** What the ladder is to judge: the reading itself, or what the rule's detector makes of it (undefined: no opinion). */
function scoreOf(rest: SlotAtRest, compiled: Compiled, passage: Passage): number | undefined {
  const { reading, gapMs, intervalMs } = passage;
  const { detector } = compiled;
  if (!detector) return reading.v;
  if (!rest.trace || (compiled !== rest.compiled && editClass(rest.compiled.rule, compiled.rule) === 'structural')) {
    beginTrace(rest, detector);
  }
  const { trace } = rest;
  if (!trace) return undefined;
  const input = (passage.input ??= { t: reading.t, v: reading.v, certain: reading.q === 'good', gapMs, intervalMs, open: false });
  input.open = !isNormal(rest.traits);
  const own = detector.step(trace.state, input);
  const score = detector.confirm && own === detector.confirm.alone ? confirmed(rest, detector.confirm, reading.pointId) : own;
  if (trace.waiting) hear(trace.waiting, input);
  if (score !== undefined) trace.score = score;
  return score;
}

function confirmed({ versions }: SlotAtRest, { alone, together }: NonNullable<AnyDetector['confirm']>, pointId: string): number {
  return versions.isConfirmed?.(pointId, alone) ? together : alone;
}

function beginTrace(rest: SlotAtRest, detector: AnyDetector): void {
  inHand(rest, (slot) => (slot.trace = startTrace(detector)));
}

function passSlot(voice: Voice, slot: Slot, passage: Scored): void {
  const { reading, compiled, score } = passage;
  if (!compiled.ladder) return;
  const edited = compiled !== slot.compiled && adopt(voice, slot, compiled, reading);
  const before = slot.ladder;
  slot.ladder = judge(compiled.ladder, before, {
    t: reading.t,
    v: score,
    certain: reading.q === 'good',
    broken: isBroken(voice, compiled, passage, before),
    pausedMs: passage.pausedMs,
    edited,
  });
  if (slot.aheadT !== null && slot.aheadT <= reading.t) rejoin(voice, slot, score);
  if (edited && reading.q === 'good' && passage.live && standsAsTold(slot, before))
    tellStillStanding(voice, slot, { t: reading.t, value: score });
  if (slot.ladder === slot.shown) return;
  follow(voice, slot, { before, live: passage.live, trigger: 'reading', t: reading.t });
}

/** A raised level that is told, and that the last sample has not moved. */
function standsAsTold({ ladder, shown, aheadT }: Slot, before: Ladder): boolean {
  const isSame = ladder.process === before.process && ladder.level === before.level && ladder.n === before.n;
  return (
    isSame &&
    aheadT === null &&
    ladder.process === 'active' &&
    shown.process === 'active' &&
    shown.level === ladder.level &&
    shown.n === ladder.n
  );
}

/** Does the way from the last sample to this one break running delays. Under `hold` only a fall is broken, and only by untrusted data. */
function isBroken({ spec }: Voice, { rule }: Compiled, { gapMs, pausedMs }: Passage, ladder: Ladder): boolean {
  if (rule.kind === 'health') return false;
  const isLong = gapMs > (rule.maxGapMs ?? 3 * spec.intervalMs);
  if (rule.quality === 'hold') return ladder.process === 'recovering' && (isLong || pausedMs > 0);
  return isLong || (rule.quality === 'reset' && pausedMs > 0);
}

/** Another version judges from here on (AS 3.7). Returns whether standing levels must be judged anew. */
function adopt(voice: Voice, slot: Slot, compiled: Compiled, reading: Reading): boolean {
  const edit = editClass(slot.compiled.rule, compiled.rule);
  if (edit === 'structural') endSlot(voice, slot, { trigger: 'rule_removed', t: reading.t });
  // Only a good sample may end what the old limits raised, so an uncertain one leaves the edit to be taken up later.
  if (edit !== 'threshold' || reading.q === 'good') slot.compiled = compiled;
  return edit === 'threshold';
}

/** The data can no longer be trusted from event time `t` on; standing alarms say so. */
export function freeze(
  point: PointState,
  to: Readonly<{ t: Millis; quality: 'stale' | 'bad' | 'maintenance'; live: boolean }>,
  desk: Desk,
): void {
  point.frozenAt ??= to.t;
  if (!to.live || point.quality === to.quality) return;
  point.quality = to.quality;
  const voice = voiceOf(point, desk);
  for (const rest of point.slots) tellQuality(voice, takeUp(rest), { trigger: 'data_stale', t: to.t });
}

function unfreeze(point: PointState, t: Millis, desk: Desk): void {
  if (point.quality === 'good') return;
  point.quality = 'good';
  const voice = voiceOf(point, desk);
  for (const rest of point.slots) tellQuality(voice, takeUp(rest), { trigger: 'data_back', t });
}
