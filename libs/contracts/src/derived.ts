/**
 * Derived points: points whose value is computed from other points of the same site, before the rules see it.
 *
 * A formula is a closed tree of operators as data (`rulings` 29, 42): no text is ever evaluated. It is bounded: depth 8, 32 nodes, windows of 90 days.
 * A node that has no value (an input too old, a window not yet covered, a division by zero) makes everything above it have none.
 */
import type { Millis } from './basics.js';

/** Milliseconds, or a text like "90s", "15min", "72h", "15d". */
export type Duration = number | string;

/** What a field of an operator holds. A `?` at the end of the word: may be absent. */
type FieldTypes = {
  point: string;
  points: readonly string[];
  node: DerivedNode;
  nodes: readonly DerivedNode[];
  pair: readonly [DerivedNode, DerivedNode];
  number: number;
  numbers: readonly number[];
  duration: Duration;
  share: number;
  count: number;
  edge: 'begin' | 'last';
  time: 's' | 'min' | 'h' | 'd';
};
/** Words of fields that hold no nodes. */
export type DerivedWord = Exclude<keyof FieldTypes, 'node' | 'nodes' | 'pair'>;
export type DerivedField = keyof FieldTypes | `${keyof FieldTypes}?`;

/** A window on the readings of one point: t − offset − window < time ≤ t − offset. `coverage`: least share of the expected readings in it, else no value; absent: 0, so that what is missing counts as nothing. */
const WINDOW = { point: 'point', window: 'duration', offset: 'duration?', coverage: 'share?' } as const;

/**
 * Every operator with its fields. `last`: newest value, no older than `maxAge` (absent: three intervals of that point), and no newer than that by more. `lag`: the value `by` ago.
 * `age`: time since the condition (`above` ≥ or `below` ≤) began the last time, or was last true. Comparisons and logic give 1 or 0.
 * `residual`: y − ŷ(x), least squares over a learning stretch (`learn`) or with a fading memory (`forget`), nothing learned while an alarm of the derived point stands.
 */
export const DERIVED_OPERATORS = {
  last: { point: 'point', maxAge: 'duration?' },
  lag: { point: 'point', by: 'duration', maxAge: 'duration?' },
  sum: WINDOW,
  mean: WINDOW,
  min: WINDOW,
  max: WINDOW,
  count: WINDOW,
  quantile: { ...WINDOW, p: 'share' },
  /**
   * How many neighbours of a list have come into a condition one after the other, in either direction, each within this time before now: the longest
   * such row. What began and ended counts; who is silent counts with what was heard.
   */
  inOrder: { points: 'points', above: 'number?', below: 'number?', within: 'duration' },
  age: { point: 'point', above: 'number?', below: 'number?', since: 'edge?', unit: 'time' },
  /** How much of the window passed in even gaps between values above `above` (absent: 0), gaps of at least `interval`, alike within `tolerance`, `least` in a row to begin with. */
  steady: { point: 'point', window: 'duration', interval: 'duration', tolerance: 'share', least: 'count', above: 'number?', unit: 'time' },
  add: { of: 'nodes' },
  sub: { of: 'pair' },
  mul: { of: 'nodes' },
  div: { of: 'pair' },
  pow: { of: 'pair' },
  ln: { of: 'node' },
  sqrt: { of: 'node' },
  abs: { of: 'node' },
  least: { of: 'nodes' },
  greatest: { of: 'nodes' },
  /** The first that has a value: for sensors that not every place has. */
  first: { of: 'nodes' },
  /** Σ cᵢ xⁱ, the constant first. */
  polynomial: { of: 'node', coefficients: 'numbers' },
  /** ℃ of a thermistor of so many ohms: 1 / (a + b ln R + c (ln R)³) − 273.15. */
  steinhartHart: { of: 'node', a: 'number', b: 'number', c: 'number' },
  /** Σ timesᵢ xᵢ + plus. */
  mix: { of: 'nodes', times: 'numbers', plus: 'number?' },
  residual: { y: 'node', x: 'nodes', learn: 'duration?', forget: 'duration?' },
  gt: { of: 'pair' },
  ge: { of: 'pair' },
  lt: { of: 'pair' },
  le: { of: 'pair' },
  and: { of: 'nodes' },
  or: { of: 'nodes' },
  not: { of: 'node' },
  atLeast: { k: 'count', of: 'nodes' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, DerivedField>>>>;

type Operators = typeof DERIVED_OPERATORS;
export type DerivedOperator = keyof Operators;
type TypeOf<F> = F extends `${infer W}?`
  ? W extends keyof FieldTypes
    ? FieldTypes[W]
    : never
  : F extends keyof FieldTypes
    ? FieldTypes[F]
    : never;
type Wanted<Fields> = { readonly [K in keyof Fields as Fields[K] extends `${string}?` ? never : K]: TypeOf<Fields[K]> };
type Maybe<Fields> = { readonly [K in keyof Fields as Fields[K] extends `${string}?` ? K : never]?: TypeOf<Fields[K]> };
/** A node with this operator. */
export type DerivedNodeOf<O extends DerivedOperator> = Readonly<{ op: O }> & Wanted<Operators[O]> & Maybe<Operators[O]>;
/** A constant or an operator. */
export type DerivedNode = number | { [O in DerivedOperator]: DerivedNodeOf<O> }[DerivedOperator];

/** The formula of a point. */
export type Derived = Readonly<{
  value: DerivedNode;
  /** The input at whose readings it is computed; absent: at those of every input. */
  on?: string;
  /** Oldest value of `last` that still counts, where the node says nothing else. */
  maxAge?: Duration;
}>;

export const DERIVED_LIMITS = { depth: 8, nodes: 32, operands: 16, windowMs: 90 * 86_400_000 } as const;

const UNIT_MS = { ms: 1, s: 1_000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration in milliseconds; undefined when it is none. */
export function durationMs(value: unknown): Millis | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const parts = typeof value === 'string' && value.length <= 20 ? /^(\d+(?:\.\d+)?)(ms|s|min|m|h|d)$/.exec(value) : null;
  return parts ? Number(parts[1]) * UNIT_MS[parts[2] as keyof typeof UNIT_MS] : undefined;
}

/** The nodes below a node, with their paths relative to it. */
export function childrenOf(node: DerivedNode): readonly (readonly [path: string, node: DerivedNode])[] {
  if (typeof node === 'number') return [];
  return Object.entries(DERIVED_OPERATORS[node.op] as Readonly<Record<string, DerivedField>>).flatMap(([field, type]) => {
    const value = (node as Readonly<Record<string, unknown>>)[field];
    if (type === 'node') return [[`/${field}`, value as DerivedNode] as const];
    if (type === 'nodes' || type === 'pair') return (value as readonly DerivedNode[]).map((one, i) => [`/${field}/${i}`, one] as const);
    return [];
  });
}

/** Every point that a formula reads, with the path inside the formula. */
export function derivedInputs({ value, on }: Derived): readonly Readonly<{ path: string; pointId: string }>[] {
  const inputs: Readonly<{ path: string; pointId: string }>[] = [];
  const walk = (path: string, node: DerivedNode): void => {
    if (typeof node !== 'number' && 'point' in node) inputs.push({ path: `${path}/point`, pointId: node.point });
    if (typeof node !== 'number' && 'points' in node)
      node.points.forEach((pointId, i) => inputs.push({ path: `${path}/points/${i}`, pointId }));
    for (const [step, child] of childrenOf(node)) walk(path + step, child);
  };
  walk('/value', value);
  return on === undefined ? inputs : [...inputs, { path: '/on', pointId: on }];
}
