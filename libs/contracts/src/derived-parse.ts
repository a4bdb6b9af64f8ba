/** Reads the formula of a derived point that anybody may have written. Every fault is said with its path; nothing is guessed. */
import {
  DERIVED_LIMITS,
  DERIVED_OPERATORS,
  derivedInputs,
  durationMs,
  type Derived,
  type DerivedField,
  type DerivedOperator,
  type DerivedWord,
} from './derived.js';
import { ID_PATTERN } from './ids.js';

/** Where a fault is, as steps from the formula, and what is wrong there. */
export type DerivedFault = Readonly<{ path: readonly (string | number)[]; message: string }>;
type Path = DerivedFault['path'];
type Reader = { readonly faults: DerivedFault[]; nodes: number };
type Plain = Readonly<Record<string, unknown>>;

/** The formula, or everything that is wrong with it. */
export function parseDerived(value: unknown): Readonly<{ derived: Derived }> | Readonly<{ faults: readonly DerivedFault[] }> {
  const reader: Reader = { faults: [], nodes: 0 };
  if (!isPlain(value)) return { faults: [{ path: [], message: 'must be an object with value, and on and maxAge where wanted' }] };
  for (const key of Object.keys(value)) if (!['value', 'on', 'maxAge'].includes(key)) say(reader, [key], 'no such field');
  readNode(reader, ['value'], { value: value['value'], depth: 1 });
  if (value['maxAge'] !== undefined) readField(reader, ['maxAge'], { type: 'duration', value: value['maxAge'], depth: 0 });
  if (value['on'] !== undefined) readField(reader, ['on'], { type: 'point', value: value['on'], depth: 0 });
  if (reader.nodes > DERIVED_LIMITS.nodes) say(reader, ['value'], `has ${reader.nodes} nodes; at most ${DERIVED_LIMITS.nodes} are allowed`);
  if (reader.faults.length > 0) return { faults: reader.faults };
  // Every field was looked at above.
  const derived = value as unknown as Derived;
  const inputs = derivedInputs({ value: derived.value });
  if (inputs.length === 0) say(reader, ['value'], 'reads no point');
  else if (derived.on !== undefined && !inputs.some(({ pointId }) => pointId === derived.on))
    say(reader, ['on'], 'is not an input of the formula');
  return reader.faults.length > 0 ? { faults: reader.faults } : { derived };
}

function say(reader: Reader, path: Path, message: string): void {
  reader.faults.push({ path, message });
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOperator(name: unknown): name is DerivedOperator {
  return typeof name === 'string' && Object.hasOwn(DERIVED_OPERATORS, name);
}

type Case = Readonly<{ value: unknown; depth: number }>;

function readNode(reader: Reader, path: Path, { value, depth }: Case): void {
  reader.nodes += 1;
  // What is counted as too much is not looked into: a formula of any size costs no more than the largest allowed one.
  if (reader.nodes > DERIVED_LIMITS.nodes) return;
  if (depth > DERIVED_LIMITS.depth) return say(reader, path, `is deeper than ${DERIVED_LIMITS.depth} levels`);
  if (typeof value === 'number') return readField(reader, path, { type: 'number', value, depth });
  if (!isPlain(value) || !isOperator(value['op']))
    return say(reader, path, `must be a number or an object whose op is one of ${Object.keys(DERIVED_OPERATORS).join(', ')}`);
  const fields: Readonly<Record<string, DerivedField>> = DERIVED_OPERATORS[value['op']];
  for (const key of Object.keys(value))
    if (key !== 'op' && !Object.hasOwn(fields, key)) say(reader, [...path, key], `${value['op']} has no such field`);
  for (const [field, type] of Object.entries(fields)) {
    const given = value[field];
    if (given !== undefined) readField(reader, [...path, field], { type, value: given, depth });
    else if (!type.endsWith('?')) say(reader, [...path, field], `${value['op']} needs it`);
  }
  checkTogether(reader, path, value);
}

function readField(reader: Reader, path: Path, { type, value, depth }: Case & Readonly<{ type: DerivedField }>): void {
  const word = (type.endsWith('?') ? type.slice(0, -1) : type) as DerivedWord | 'node' | 'nodes' | 'pair';
  if (word === 'node') return readNode(reader, path, { value, depth: depth + 1 });
  if (word === 'nodes' || word === 'pair') return readNodes(reader, path, { value, depth, isPair: word === 'pair' });
  if (!MUST[word].is(value)) say(reader, path, MUST[word].be);
}

function readNodes(reader: Reader, path: Path, { value, depth, isPair }: Case & Readonly<{ isPair: boolean }>): void {
  const [least, most] = isPair ? [2, 2] : [1, DERIVED_LIMITS.operands];
  if (!Array.isArray(value) || value.length < least || value.length > most)
    return say(reader, path, isPair ? 'must be a list of two nodes' : `must be a list of 1 to ${most} nodes`);
  value.forEach((one: unknown, i) => readNode(reader, [...path, i], { value: one, depth: depth + 1 }));
}

const FARTHEST = 1e15;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= FARTHEST;

const isId = (value: unknown): boolean => typeof value === 'string' && ID_PATTERN.test(value);
const isList = (value: unknown, is: (one: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length >= 1 && value.length <= DERIVED_LIMITS.operands && value.every(is);

/** What a field without nodes must be. */
const MUST: Readonly<Record<DerivedWord, Readonly<{ is(value: unknown): boolean; be: string }>>> = {
  point: { is: isId, be: 'must be the id of a point' },
  points: { is: (value) => isList(value, isId), be: `must be a list of 1 to ${DERIVED_LIMITS.operands} ids of points` },
  number: { is: isNumber, be: 'must be a finite number' },
  numbers: {
    is: (value) => isList(value, isNumber),
    be: `must be a list of 1 to ${DERIVED_LIMITS.operands} finite numbers`,
  },
  duration: {
    is: (value) => {
      const ms = durationMs(value);
      return ms !== undefined && ms >= 0 && ms <= DERIVED_LIMITS.windowMs;
    },
    be: 'must be milliseconds or a text like "90s", "15min", "72h", "15d", at most 90 days',
  },
  share: { is: (value) => isNumber(value) && value >= 0 && value <= 1, be: 'must be a number from 0 to 1' },
  count: { is: (value) => Number.isInteger(value) && Number(value) >= 1, be: 'must be a whole number from 1' },
  edge: { is: (value) => value === 'begin' || value === 'last', be: 'must be begin or last' },
  time: { is: (value) => typeof value === 'string' && ['s', 'min', 'h', 'd'].includes(value), be: 'must be one of s, min, h, d' },
};

/** What no field can tell alone. */
function checkTogether(reader: Reader, path: Path, value: Plain): void {
  const { op, of: operands, times, k, x, window } = value;
  if (op === 'mix' && Array.isArray(operands) && Array.isArray(times) && operands.length !== times.length)
    say(reader, [...path, 'times'], 'needs one number for each node of `of`');
  if (op === 'atLeast' && Array.isArray(operands) && typeof k === 'number' && k > operands.length)
    say(reader, [...path, 'k'], 'is more than there are nodes');
  const isEither = (value['above'] === undefined) === (value['below'] === undefined);
  if ((op === 'age' || op === 'inOrder') && isEither) say(reader, path, `${op} needs above or below`);
  if (op === 'residual' && (value['learn'] === undefined) === (value['forget'] === undefined))
    say(reader, path, 'residual needs learn or forget');
  if (op === 'residual' && Array.isArray(x) && x.length > MOST_REGRESSORS) say(reader, [...path, 'x'], `at most ${MOST_REGRESSORS} nodes`);
  const stretches = {
    window,
    interval: value['interval'],
    by: value['by'],
    learn: value['learn'],
    forget: value['forget'],
    within: value['within'],
  };
  for (const [key, stretch] of Object.entries(stretches))
    if (durationMs(stretch) === 0) say(reader, [...path, key], 'must be longer than 0');
}

const MOST_REGRESSORS = 4;
