/**
 * The formula of one derived point, ready to run, and what it remembers.
 *
 * F1  No value (NaN) below means no value above, except where logic does not need it: 1 or unknown is 1.
 * F2  The memory depends only on what was heard, in order; plain data, bounded, goes on as before after it was saved and loaded.
 * F3  Quality is the worst of the inputs' newest readings. Bad readings enter neither windows nor fits; uncertain ones teach nothing.
 */
import { durationMs, type Derived, type Millis, type Quality, type Reading } from '@anlan/contracts';
import { compile } from './compile.js';
import { newFit, type Fit } from './fit.js';
import { loadHistory, newHistory, remember, saveHistory, type SavedHistory } from './history.js';
import type { Age, IntervalOf, Last, Memory, Parts } from './memory.js';
import { hearEvent, loadSteady, newSteady, saveSteady, type SavedSteady } from './steady.js';

export type SavedMemory = Readonly<{
  inputs: readonly (readonly [t: Millis, v: number, q: Quality] | null)[];
  histories?: readonly SavedHistory[];
  ages?: readonly Age[];
  fits?: readonly Fit[];
  steadies?: readonly SavedSteady[];
}>;

export type Formula = Readonly<{
  /** Ids of the points it reads, each once. */
  inputs: readonly string[];
  /** Those at whose readings it is computed. */
  triggers: ReadonlySet<string>;
  start(): Memory;
  /** Takes in the next reading of an input, in the order of that input. */
  hear(memory: Memory, reading: Reading): void;
  /** Value and quality at `t`; undefined: no value. */
  compute(memory: Memory, at: Readonly<{ t: Millis; open: boolean }>): Readonly<{ v: number; q: Quality }> | undefined;
  save(memory: Memory): SavedMemory;
  load(saved: SavedMemory): Memory;
}>;

const STALE_TIMES = 3;
const RANK = { good: 0, uncertain: 1, maintenance: 2, bad: 3 } as const satisfies Record<Quality, number>;

export function compileFormula(derived: Derived, intervalOf: IntervalOf): Formula {
  const parts: Parts = {
    inputs: [],
    histories: [],
    ages: [],
    fits: [],
    steadies: [],
    maxAge: (pointId, own) => durationMs(own ?? derived.maxAge) ?? STALE_TIMES * intervalOf(pointId),
    intervalOf,
  };
  const evaluate = compile(parts, derived.value);
  const { inputs, histories, ages, fits, steadies } = parts;
  return {
    inputs,
    triggers: new Set(derived.on === undefined ? inputs : [derived.on]),
    start: () => ({
      inputs: inputs.map(() => null),
      histories: histories.map(newHistory),
      ages: ages.map(() => ({ begin: null, last: null, on: false })),
      fits: fits.map(newFit),
      steadies: steadies.map(newSteady),
    }),
    hear(memory, { pointId, t, v, q }) {
      const input = inputs.indexOf(pointId);
      memory.inputs[input] = { t, v, q };
      if (q !== 'good' && q !== 'uncertain') return;
      histories.forEach(({ input: own, spanMs }, i) => {
        const history = memory.histories[i];
        if (own === input && history) remember(history, { t, v }, spanMs);
      });
      ages.forEach(({ input: own, is }, i) => {
        if (own === input) memory.ages[i] = aged(memory.ages[i], t, is(v));
      });
      steadies.forEach(({ input: own, above, terms }, i) => {
        const steady = memory.steadies[i];
        if (own === input && steady && v > above) hearEvent(steady, t, terms);
      });
    },
    compute(memory, { t, open }) {
      const q = worst(memory.inputs);
      const v = evaluate(memory, { t, learns: q === 'good' && !open });
      return Number.isFinite(v) ? { v, q } : undefined;
    },
    save: (memory) => ({
      inputs: memory.inputs.map((last) => last && [last.t, last.v, last.q]),
      ...(histories.length > 0 && { histories: memory.histories.map(saveHistory) }),
      ...(ages.length > 0 && { ages: memory.ages }),
      ...(fits.length > 0 && { fits: memory.fits }),
      ...(steadies.length > 0 && { steadies: memory.steadies.map(saveSteady) }),
    }),
    load: (saved) => ({
      inputs: inputs.map((_, i) => lastOf(saved.inputs[i])),
      histories: histories.map((_, i) => loadHistory(saved.histories?.[i] ?? { since: null, entries: [] })),
      ages: ages.map((_, i) => saved.ages?.[i] ?? { begin: null, last: null, on: false }),
      fits: fits.map((terms, i) => saved.fits?.[i] ?? newFit(terms)),
      steadies: steadies.map((_, i) => {
        const one = saved.steadies?.[i];
        return one ? loadSteady(one) : newSteady();
      }),
    }),
  };
}

function lastOf(saved: SavedMemory['inputs'][number] | undefined): Last | null {
  return saved ? { t: saved[0], v: saved[1], q: saved[2] } : null;
}

function worst(inputs: Memory['inputs']): Quality {
  return inputs.reduce<Quality>((q, last) => (last && RANK[last.q] > RANK[q] ? last.q : q), 'good');
}

function aged(age: Age | undefined, t: Millis, on: boolean): Age {
  if (!on) return { begin: age?.begin ?? null, last: age?.last ?? null, on };
  return { begin: age?.on ? age.begin : t, last: t, on };
}
