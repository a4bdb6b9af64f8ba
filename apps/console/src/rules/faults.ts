import type { ProblemJson } from '@anlan/contracts';
import { ApiProblem } from '../data/problem.js';
import { zhRules } from './words-zh.js';
import type { Say } from './use-rule-words.js';

export type Fault = NonNullable<ProblemJson['errors']>[number];

/** What the platform found wrong with the input, by its path; empty when the failure was another one. */
export function faultsOf(error: Error | null, prefix = ''): readonly Fault[] {
  if (!(error instanceof ApiProblem)) return [];
  return (error.body.errors ?? []).map((fault) => ({
    ...fault,
    path: prefix !== '' && fault.path.startsWith(prefix) ? fault.path.slice(prefix.length) : fault.path,
  }));
}

/** Those of one field: at its path or below it. */
export function faultsAt(faults: readonly Fault[], path: string): readonly Fault[] {
  return faults.filter((fault) => fault.path === path || fault.path.startsWith(`${path}/`));
}

/** In the reader's language where the code has words, else as the platform said it. */
export function faultText({ code, message }: Fault, say: Say): string {
  const key = `fault.${code}`;
  return key in zhRules ? say(key as keyof typeof zhRules) : message;
}

/** The id of the field of a path. */
export function fieldId(path: string): string {
  return `rule-field${path.replaceAll('/', '-')}`;
}
