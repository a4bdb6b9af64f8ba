/**
 * The memory of a rule that begins anew on a point that has been judged before (AS 3.7, structural edits), from what is stored of the point.
 *
 * U1  A rehearsal is the rule itself on the point alone, with nobody listening: what it comes to is what it would have come to live.
 * U2  Until the history comes, the slot judges with the memory that began from nothing: nobody waits, and nothing is held back.
 * U3  What is taken up comes to the same at whatever place of the log it comes: stored readings up to some moment, and what was heard after that.
 * U4  The history tells nothing. What stands at its end is told by the next live reading, with its true beginning, unless the slot has begun something of
 *     its own meanwhile.
 */
import type { Millis, PointSpec, Quality, Rule, WarmedSlot } from '@anlan/contracts';
import { FORMAT, loadSlot, saveSlot, type SavedSlot } from './codec.js';
import { accept } from './in-order.js';
import { reachOf, shapeOf } from './kinds/kinds.js';
import { ladderRows } from './ladder-rows.js';
import { isNormal } from './ladder-state.js';
import { PointState } from './point.js';
import { inHand, isCalm, newSlot, type SlotAtRest } from './slot-rest.js';
import type { Desk } from './telling.js';
import { addVersion, pick, type Versions } from './versions.js';
import type { Waiting } from './waiting.js';

/** A rule on a point that waits for what is stored of it, in [from, upTo]. */
export type WarmUp = Readonly<{ spec: PointSpec; rule: Rule; from: Millis; upTo: Millis }>;
export type StoredReading = Readonly<{ t: Millis; v: number; q: Quality }>;
export type Rehearsal = Readonly<{
  /** The next stored readings, in the order of their times. */
  take(readings: readonly StoredReading[]): void;
  /** For a log record; null: there was no reading that a rule may use. */
  memory(): unknown;
}>;

/** `lastT`: the last reading that a rule may use. */
type Memory = Readonly<{ format: number; lastT: Millis; slot: SavedSlot }>;

const DEAF: Desk = { at: 0, tell: () => undefined };

/** Lets a new memory wait for its history. A version that is not valid yet begins from what comes then, and a point never heard of has no history. */
export function beginWaiting(point: PointState, { versions, trace }: SlotAtRest): boolean {
  const { wm, spec } = point;
  const rule = Number.isFinite(wm) ? pick(versions, wm)?.rule : undefined;
  const reach = rule ? reachOf(rule, spec.intervalMs) : 0;
  if (!trace || reach <= 0) return false;
  trace.waiting = { from: Math.floor(wm - reach), upTo: wm, heard: [] };
  return true;
}

/** What a slot that waits needs; undefined when it does not. */
export function warmUpOf({ spec }: PointState, { versions, trace }: SlotAtRest): WarmUp | undefined {
  const rule = trace?.waiting ? pick(versions, trace.waiting.upTo)?.rule : undefined;
  return rule && trace?.waiting ? { spec, rule, from: trace.waiting.from, upTo: trace.waiting.upTo } : undefined;
}

/** What a log record says of a rule on a point, whose history was read up to `upTo`. */
export function warmedSlot({ spec, rule }: WarmUp, { upTo, memory }: Pick<WarmedSlot, 'upTo' | 'memory'>): WarmedSlot {
  return { pointId: spec.pointId, ruleId: rule.id, shape: shapeOf(rule), upTo, memory };
}

export function rehearsal({ spec, rule }: Pick<WarmUp, 'spec' | 'rule'>): Rehearsal {
  const { point, slot } = stage({ spec, rule }, null);
  return {
    take: (readings) => perform(point, readings),
    memory: (): Memory | null =>
      slot && Number.isFinite(point.lastT) ? { format: FORMAT, lastT: point.lastT, slot: saveSlot(slot) } : null,
  };
}

/** The rule on the point alone, at its beginning or as remembered. */
function stage({ spec, rule }: Pick<WarmUp, 'spec' | 'rule'>, memory: Memory | null): Readonly<{ point: PointState; slot?: SlotAtRest }> {
  const { validFrom: _validFrom, ...always } = rule;
  const versions: Versions = { ruleId: rule.id, list: [] };
  addVersion(versions, { ...always, enabled: true });
  const point = new PointState({ ...spec, reorderMs: 0, liveHorizonMs: null }, 0);
  const slot = newSlot(versions, ladderRows());
  if (!slot) return { point };
  point.slots = [slot];
  if (memory) {
    loadSlot(slot, memory.slot);
    point.lastT = point.wm = memory.lastT;
  }
  return { point, slot };
}

function perform(point: PointState, readings: Iterable<StoredReading>): void {
  const { pointId } = point.spec;
  for (const { t, v, q } of readings) if (t > point.wm) accept(point, { reading: { pointId, t, v, q }, old: false }, DEAF);
}

/** Takes up what a log record brings. False when the slot does not wait for it: not any more, not for this, or not for so little. */
export function warm(point: PointState, rest: SlotAtRest, { shape, upTo, memory }: WarmedSlot): boolean {
  const { trace, compiled } = rest;
  const waiting = trace?.waiting;
  if (!waiting || shape !== shapeOf(compiled.rule)) return false;
  if (memory === null) {
    trace.waiting = null;
    return true;
  }
  if (upTo < waiting.upTo || !isMemory(memory)) return false;
  // A detector changes its memory in place, and the record is not ours.
  const rehearsed = stage({ spec: point.spec, rule: compiled.rule }, structuredClone(memory));
  perform(rehearsed.point, heardAfter(waiting, upTo));
  if (rehearsed.slot) takeOver(rest, rehearsed.slot);
  return true;
}

function isMemory(memory: unknown): memory is Memory {
  return (memory as Partial<Memory>).format === FORMAT;
}

function* heardAfter({ heard }: Waiting, upTo: Millis): Generator<StoredReading> {
  for (let i = 0; i < heard.length; i += 3) {
    const t = heard[i] ?? 0;
    if (t > upTo) yield { t, v: heard[i + 1] ?? 0, q: heard[i + 2] ? 'good' : 'uncertain' };
  }
}

/** U4. Episodes go on being counted after those that were told. */
function takeOver(rest: SlotAtRest, from: SlotAtRest): void {
  rest.trace = from.trace;
  const ladder = from.rows.read(from.row);
  if (!isCalm(rest) || rest.aside !== null || isNormal(from.rows.traits(from.row))) return;
  inHand(rest, (slot) => (slot.ladder = { ...ladder, n: slot.ladder.n + ladder.n }));
}
