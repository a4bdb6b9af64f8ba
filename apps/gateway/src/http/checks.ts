import type { Fault } from '@anlan/contracts';
import type { Request } from 'express';
import type { z } from 'zod';
import { Refusal } from './refusal.js';

const MAX_FAULTS = 1_000;

/** A value in the shape of the schema, or 422 with every fault at once. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, MAX_FAULTS).flatMap(faultsOf);
  throw new Refusal(
    'invalid',
    errors
      .map(({ path, message }) => `${path || '/'}: ${message}`)
      .slice(0, 3)
      .join('; '),
    { errors },
  );
}

function faultsOf(issue: z.core.$ZodIssue): readonly Fault[] {
  const path = issue.path.map((step) => `/${String(step)}`).join('');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: `${path}/${key}`, code: 'unknown_field', message: 'is not a known field' }));
  return [{ path, code: issue.code, message: issue.message }];
}

/** Query of an address as plain texts. A repeated name joins with commas, as lists are written. */
export function queryOf(request: Request): Readonly<Record<string, string>> {
  const at = request.originalUrl.indexOf('?');
  const values = new Map<string, string>();
  if (at >= 0)
    for (const [name, value] of new URLSearchParams(request.originalUrl.slice(at)))
      values.set(name, values.has(name) ? `${values.get(name) ?? ''},${value}` : value);
  return Object.fromEntries(values);
}
