/** What time alone does to a ladder: levels rise when their delay is over. Falls never happen here (L3). */
import type { Millis } from '@anlan/contracts';
import { bitOf, type LadderRule, type LadderStep } from './ladder-rule.js';
import { after, calmed, NO_RUNS, NONE, topOf, type Ladder } from './ladder-state.js';

/** Earliest time at which a level rises by time alone, if the value holds; Infinity when none can. */
export function nextDue(rule: LadderRule, state: Ladder): Millis {
  if (state.runs === NO_RUNS) return Infinity;
  let due = Infinity;
  for (const step of rule.steps) due = Math.min(due, dueOf(step, state));
  return due;
}

function dueOf(step: LadderStep, state: Ladder): Millis {
  if (state.raised & bitOf(step.rank)) return Infinity;
  const i = (step.rank - 1) * 2;
  const since = state.runs[i] ?? NONE;
  return since === since && (state.runs[i + 1] ?? 0) >= step.onCount ? since + step.onDelayMs : Infinity;
}

/** Raises every level that is due at `due` (from `nextDue`) by the held value. */
export function mature(rule: LadderRule, state: Ladder, held: Readonly<{ due: Millis; value: number }>): Ladder {
  let { raised } = state;
  const left = state.runs.slice();
  for (const step of rule.steps) {
    if (dueOf(step, state) > held.due) continue;
    raised |= bitOf(step.rank);
    left[(step.rank - 1) * 2] = NONE;
    left[(step.rank - 1) * 2 + 1] = 0;
  }
  const runs = calmed(left);
  const level = topOf(raised);
  if (level <= state.level && state.process === 'active') return { ...state, raised, runs };
  const rises = level > state.peak;
  return {
    ...state,
    process: 'active',
    level,
    raised,
    runs,
    peak: rises ? level : state.peak,
    peakValue: rises ? held.value : state.peakValue,
    changedAt: after(state, held.due),
    value: held.value,
    byEdit: false,
  };
}

/** The level a pending ladder is on its way to, and when it gets there if time alone is missing. */
export function pendingOf(rule: LadderRule, state: Ladder): Readonly<{ rank: number; dueAt: Millis }> {
  const dueAt = nextDue(rule, state);
  let rank = 0;
  for (const step of rule.steps) {
    const since = state.runs[(step.rank - 1) * 2] ?? NONE;
    if (since === since && dueOf(step, state) === dueAt) rank = step.rank;
  }
  return { rank, dueAt };
}
