import type { Fault } from './basics.js';

export type PlainLimits = Readonly<{ depth: number; values: number; textLength: number }>;
/** Bounds of an import (`docs`: 20 MB on the wire, depth 20). They also end cycles and alias bombs of YAML. */
export const IMPORT_LIMITS: PlainLimits = { depth: 20, values: 2_000_000, textLength: 100_000 };

// Lone surrogates and NUL do not survive a database; a key `__proto__` does not survive an object.
const UNSTORABLE = /[\p{Surrogate}\0]/u;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__']);

/** Escapes one step of a path as JSON Pointer does. */
export function pathStep(key: string | number): string {
  return `/${String(key).replace(/~/g, '~0').replace(/\//g, '~1')}`;
}

/** The first few reasons why `value` is not a plain, bounded JSON value that can be stored and given back unchanged; empty when it is one. */
export function plainJsonFaults(value: unknown, limits: PlainLimits = IMPORT_LIMITS): readonly Fault[] {
  const faults: Fault[] = [];
  let seen = 0;
  const visit = (item: unknown, path: string, depth: number): void => {
    seen += 1;
    if (faults.length >= 10 || seen > limits.values) return;
    const fault = scalarFault(item, limits);
    if (fault) return void faults.push({ path: path || '/', ...fault });
    if (item === null || typeof item !== 'object') return;
    if (depth > limits.depth) return void faults.push({ path, code: 'too_deep', message: `nested deeper than ${limits.depth} levels` });
    if (Array.isArray(item)) return item.forEach((each, index) => visit(each, path + pathStep(index), depth + 1));
    for (const [key, each] of Object.entries(item)) {
      if (FORBIDDEN_KEYS.has(key) || UNSTORABLE.test(key))
        faults.push({ path: path || '/', code: 'bad_key', message: 'a key that cannot be stored' });
      else visit(each, path + pathStep(key), depth + 1);
    }
  };
  visit(value, '', 1);
  if (seen > limits.values) faults.push({ path: '/', code: 'too_large', message: `more than ${limits.values} values` });
  return faults;
}

function scalarFault(item: unknown, limits: PlainLimits): Omit<Fault, 'path'> | undefined {
  switch (typeof item) {
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(item) ? undefined : { code: 'bad_number', message: 'not a finite number' };
    case 'string':
      if (item.length > limits.textLength) return { code: 'too_long', message: `longer than ${limits.textLength} characters` };
      return UNSTORABLE.test(item) ? { code: 'bad_text', message: 'holds characters that cannot be stored' } : undefined;
    case 'object':
      return item === null || Array.isArray(item) || isPlainObject(item)
        ? undefined
        : { code: 'not_json', message: 'not a plain JSON value' };
    case 'undefined':
    case 'bigint':
    case 'symbol':
    case 'function':
      return { code: 'not_json', message: 'not a plain JSON value' };
  }
}

function isPlainObject(item: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(item);
  // A value of another realm (worker, test sandbox) has another Object.prototype: what counts is that nothing stands above it.
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null);
}
