/** Slots at rest: one ladder as a row, and beside it only what is not as usual. */
import type { Millis } from '@anlan/contracts';
import { startTrace, type Trace } from './detector.js';
import type { LadderRows } from './ladder-rows.js';
import { isNormal, hasRuns, QUIET, traitsOf, type Ladder, type Traits } from './ladder-state.js';
import { nextDue } from './ladder-time.js';
import type { Slot } from './slot.js';
import { newest, type Compiled, type Versions } from './versions.js';

/** Mutable, owned by the engine. */
export type SlotAtRest = {
  readonly versions: Versions;
  /** The version that judged last. */
  compiled: Compiled;
  readonly rows: LadderRows;
  readonly row: number;
  /** Those of the row, where every reading has them at hand. */
  traits: Traits;
  /** Memory of the rule's detector, changed in place; null for rules without one. */
  trace: Trace | null;
  /** Null when everything is told, nothing is ahead and no late reading ever came: nearly always. */
  aside: Aside | null;
};

/** What `Slot` holds beside its ladder. `shown` null: the same as the ladder. */
type Aside = Readonly<{ shown: Ladder | null; ended: Ladder | null; told: number; aheadT: Millis | null; retro: Ladder }>;

export function newSlot(versions: Versions, rows: LadderRows): SlotAtRest | undefined {
  const compiled = newest(versions);
  return compiled && { versions, compiled, rows, row: rows.take(), traits: 0, trace: startTrace(compiled.detector), aside: null };
}

/** The slot has left its point. */
export function dropSlot({ rows, row }: SlotAtRest): void {
  rows.free(row);
}

/** The slot in plain values; give it back with `putBack`. */
export function takeUp({ versions, compiled, rows, row, trace, aside }: SlotAtRest): Slot {
  const ladder = rows.read(row);
  if (!aside) return { versions, compiled, trace, ladder, shown: ladder, ended: null, told: 0, aheadT: null, retro: QUIET };
  const { shown, ended, told, aheadT, retro } = aside;
  return { versions, compiled, trace, ladder, shown: shown ?? ladder, ended, told, aheadT, retro };
}

export function putBack(rest: SlotAtRest, { compiled, trace, ladder, shown, ended, told, aheadT, retro }: Slot): void {
  rest.compiled = compiled;
  rest.trace = trace;
  rest.rows.write(rest.row, ladder);
  rest.traits = traitsOf(ladder);
  const isTold = shown === ladder && ended === null && aheadT === null;
  // `told` matters only while an episode stands untold.
  rest.aside = isTold && retro === QUIET ? null : { shown: shown === ladder ? null : shown, ended, told: isTold ? 0 : told, aheadT, retro };
}

/** The ladder as last told live. */
export function shownOf({ rows, row, aside }: SlotAtRest): Ladder {
  return aside?.shown ?? rows.read(row);
}

/** Takes the slot up, does something with it and puts it back. */
export function inHand(rest: SlotAtRest, work: (slot: Slot) => void): void {
  const slot = takeUp(rest);
  work(slot);
  putBack(rest, slot);
}

export function isCalm({ traits }: SlotAtRest): boolean {
  return isNormal(traits);
}

/** Calm, and nothing is held back: time alone changes nothing of it. */
export function isAtRest({ traits, aside }: SlotAtRest): boolean {
  return traits === 0 && aside === null;
}

/** When a level rises by time alone (see `nextDue`). */
export function dueOfSlot({ compiled, rows, row, traits }: SlotAtRest): Millis {
  return compiled.ladder && hasRuns(traits) ? nextDue(compiled.ladder, rows.read(row)) : Infinity;
}
