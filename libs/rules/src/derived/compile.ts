/** Operators that remember something. */
import { childrenOf, durationMs, type DerivedNode, type DerivedNodeOf } from '@anlan/contracts';
import { learn, residualOf, type FitTerms } from './fit.js';
import { countIn, inWindow, isCovered, leastIn, meanIn, mostIn, quantileIn, sumIn, valueAt } from './history.js';
import { historyOf, inputOf, type Evaluate, type Parts } from './memory.js';
import { compilePlain } from './plain.js';
import { steadyMs } from './steady.js';

/** What a node is worth, as a function of the memory; what it has to remember is noted in `parts`. */
export function compile(parts: Parts, node: DerivedNode): Evaluate {
  if (typeof node === 'number') return () => node;
  if (node.op === 'steady') return compileSteady(parts, node);
  if ('window' in node) return compileWindow(parts, node);
  if (node.op === 'last') return compileLast(parts, node);
  if (node.op === 'lag') return compileLag(parts, node);
  if (node.op === 'age') return compileAge(parts, node);
  if (node.op === 'inOrder') return compileInOrder(parts, node);
  if (node.op === 'residual') return compileResidual(parts, node);
  return compilePlain(
    node,
    childrenOf(node).map(([, child]) => compile(parts, child)),
  );
}

function compileLast(parts: Parts, { point, maxAge }: DerivedNodeOf<'last'>): Evaluate {
  const input = inputOf(parts, point);
  const mostMs = parts.maxAge(point, maxAge);
  return ({ inputs }, { t }) => {
    const last = inputs[input];
    // Nor may it be newer by more: what a device uploads from its memory does not meet what another sends now.
    return last && Math.abs(t - last.t) <= mostMs ? last.v : Number.NaN;
  };
}

function compileLag(parts: Parts, { point, by, maxAge }: DerivedNodeOf<'lag'>): Evaluate {
  const byMs = durationMs(by) ?? 0;
  const mostMs = parts.maxAge(point, maxAge);
  const history = historyOf(parts, point, byMs + mostMs);
  return ({ histories }, { t }) => {
    const found = histories[history] && valueAt(histories[history], t - byMs);
    return found && found.ageMs <= mostMs ? found.v : Number.NaN;
  };
}

type WindowNode = Exclude<Extract<DerivedNode, Readonly<{ window: unknown }>>, DerivedNodeOf<'steady'>>;

function compileWindow(parts: Parts, node: WindowNode): Evaluate {
  const windowMs = durationMs(node.window) ?? 0;
  const offsetMs = durationMs(node.offset) ?? 0;
  const intervalMs = parts.intervalOf(node.point);
  const history = historyOf(parts, node.point, windowMs + offsetMs);
  const least = ((node.coverage ?? 0) * windowMs) / intervalMs;
  return ({ histories }, { t }) => {
    const all = histories[history];
    if (!all || !isCovered(all, t, { windowMs, offsetMs, intervalMs })) return Number.NaN;
    const found = inWindow(all, t, { windowMs, offsetMs });
    // Half a reading of grace: a window rarely holds the full count to the last one.
    return countIn(found) + 0.5 >= least ? aggregate(node, found) : Number.NaN;
  };
}

function aggregate(node: WindowNode, found: ReturnType<typeof inWindow>): number {
  switch (node.op) {
    case 'sum':
      return sumIn(found);
    case 'mean':
      return meanIn(found);
    case 'min':
      return leastIn(found);
    case 'max':
      return mostIn(found);
    case 'count':
      return countIn(found);
    case 'quantile':
      return quantileIn(found, node.p);
  }
}

const TIME_MS = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function compileAge(parts: Parts, { point, above = Infinity, below = -Infinity, since = 'last', unit }: DerivedNodeOf<'age'>): Evaluate {
  const input = inputOf(parts, point);
  const age = parts.ages.push({ input, is: (v) => v >= above || v <= below }) - 1;
  const mostMs = parts.maxAge(point, undefined);
  return ({ ages, inputs }, { t }) => {
    const from = ages[age]?.[since] ?? null;
    const heard = inputs[input];
    // Of an input that is silent nobody knows whether it happened since.
    return from === null || !heard || t - heard.t > mostMs ? Number.NaN : Math.max(0, t - from) / TIME_MS[unit];
  };
}

function compileInOrder(parts: Parts, { points, above = Infinity, below = -Infinity, within }: DerivedNodeOf<'inOrder'>): Evaluate {
  const is = (v: number): boolean => v >= above || v <= below;
  const found = points.map((point) => parts.ages.push({ input: inputOf(parts, point), is }) - 1);
  const withinMs = durationMs(within) ?? 0;
  return ({ ages, inputs }, { t }) => {
    if (inputs.every((last) => last === null)) return Number.NaN;
    const begun = found.map((i) => ages[i]?.begin ?? Number.NaN).map((begin) => (t - begin <= withinMs ? begin : Number.NaN));
    return Math.max(longestRise(begun), longestRise([...begun].reverse()));
  };
}

/** Most neighbours in a list whose times rise; NaN stands for none and breaks a row. */
function longestRise(times: readonly number[]): number {
  let longest = 0;
  let row = 0;
  times.forEach((time, i) => {
    row = Number.isNaN(time) ? 0 : time > (times[i - 1] ?? Number.NaN) ? row + 1 : 1;
    longest = Math.max(longest, row);
  });
  return longest;
}

function compileSteady(parts: Parts, { point, window, interval, tolerance, least, above = 0, unit }: DerivedNodeOf<'steady'>): Evaluate {
  const input = inputOf(parts, point);
  const terms = { windowMs: durationMs(window) ?? 0, intervalMs: durationMs(interval) ?? 0, tolerance, least };
  const steady = parts.steadies.push({ input, above, terms }) - 1;
  return ({ steadies }) => (steadies[steady] ? steadyMs(steadies[steady]) / TIME_MS[unit] : Number.NaN);
}

function compileResidual(parts: Parts, { y, x, learn: learning, forget }: DerivedNodeOf<'residual'>): Evaluate {
  const ofY = compile(parts, y);
  const ofX = x.map((one) => compile(parts, one));
  const learnMs = durationMs(learning);
  const forgetMs = durationMs(forget);
  const terms: FitTerms = { count: x.length, ...(learnMs !== undefined && { learnMs }), ...(forgetMs !== undefined && { forgetMs }) };
  const index = parts.fits.push(terms) - 1;
  return (memory, at) => {
    const fit = memory.fits[index];
    const sample = { t: at.t, x: ofX.map((one) => one(memory, at)), y: ofY(memory, at) };
    if (!fit || ![...sample.x, sample.y].every(Number.isFinite)) return Number.NaN;
    const residual = residualOf(fit, terms, sample);
    if (at.learns) learn(fit, terms, sample);
    return residual;
  };
}
