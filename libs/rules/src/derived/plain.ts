/** Operators without a memory. No value (NaN) in gives none out, except where logic can tell without it (F1). */
import type { DerivedNodeOf, DerivedOperator } from '@anlan/contracts';
import type { Evaluate } from './memory.js';

type Remembering = 'last' | 'lag' | 'sum' | 'mean' | 'min' | 'max' | 'count' | 'quantile' | 'age' | 'inOrder' | 'steady' | 'residual';
type PlainOperator = Exclude<DerivedOperator, Remembering>;
export type PlainNode = { [O in PlainOperator]: DerivedNodeOf<O> }[PlainOperator];
type Work = (values: readonly number[]) => number;

const NONE = Number.NaN;
const one =
  (work: (v: number) => number): Work =>
  ([v = NONE]) =>
    work(v);
const two =
  (work: (a: number, b: number) => number): Work =>
  ([a = NONE, b = NONE]) =>
    work(a, b);
const compare = (holds: (a: number, b: number) => boolean): Work =>
  two((a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NONE : toNumber(holds(a, b))));

const PLAIN: Readonly<{ [O in PlainOperator]: (node: DerivedNodeOf<O>) => Work }> = {
  add: () => (values) => values.reduce((a, b) => a + b, 0),
  sub: () => two((a, b) => a - b),
  mul: () => (values) => values.reduce((a, b) => a * b, 1),
  div: () => two((a, b) => a / b),
  pow: () => two((a, b) => a ** b),
  ln: () => one((v) => (v > 0 ? Math.log(v) : NONE)),
  sqrt: () => one(Math.sqrt),
  abs: () => one(Math.abs),
  least: () => (values) => Math.min(...values),
  greatest: () => (values) => Math.max(...values),
  first: () => (values) => values.find((v) => !Number.isNaN(v)) ?? NONE,
  polynomial: ({ coefficients }) => one((v) => coefficients.reduceRight((sum, c) => sum * v + c, 0)),
  steinhartHart: (node) => one((ohm) => celsius(node, ohm)),
  mix:
    ({ times, plus = 0 }) =>
    (values) =>
      values.reduce((sum, v, i) => sum + v * (times[i] ?? 0), plus),
  gt: () => compare((a, b) => a > b),
  ge: () => compare((a, b) => a >= b),
  lt: () => compare((a, b) => a < b),
  le: () => compare((a, b) => a <= b),
  and: () => (values) => atLeast(values, values.length),
  or: () => (values) => atLeast(values, 1),
  not: () => one((v) => (Number.isNaN(v) ? v : toNumber(v === 0))),
  atLeast:
    ({ k }) =>
    (values) =>
      atLeast(values, k),
};

export function compilePlain(node: PlainNode, of: readonly Evaluate[]): Evaluate {
  // The table gives each operator its own nodes only, by this look-up.
  const work = (PLAIN[node.op] as (own: PlainNode) => Work)(node);
  return (memory, at) => work(of.map((each) => each(memory, at)));
}

function toNumber(isTrue: boolean): number {
  return isTrue ? 1 : 0;
}

/** F1: known when the unknown ones cannot change it. */
function atLeast(values: readonly number[], k: number): number {
  const yes = values.filter((v) => v !== 0 && !Number.isNaN(v)).length;
  const unknown = values.filter(Number.isNaN).length;
  return yes >= k ? 1 : yes + unknown >= k ? NONE : 0;
}

const ZERO_CELSIUS = 273.15;

/** Steinhart & Hart (1968). */
function celsius({ a, b, c }: DerivedNodeOf<'steinhartHart'>, ohm: number): number {
  if (!(ohm > 0)) return NONE;
  const ln = Math.log(ohm);
  return 1 / (a + b * ln + c * ln ** 3) - ZERO_CELSIUS;
}
