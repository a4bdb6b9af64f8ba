import type { ImportJson } from '@anlan/contracts';
import type { RegistryOutcome } from '@anlan/flows';
import type { ImportOutcome } from '@anlan/ports';
import { Refusal } from '../http/refusal.js';

/** Rules of a dry run that are told one by one. */
const MAX_DIFFS = 500;

/** 2xx means: committed, and in the readings log before any later reading. Paths of faults are told within `prefix`. */
export function importJsonOf(
  outcome: RegistryOutcome,
  { prefix = '', dryRun }: Readonly<{ prefix?: string; dryRun?: boolean | undefined }> = {},
): ImportJson {
  const within = (path: string): string => (prefix !== '' && path.startsWith(prefix) ? path.slice(prefix.length) : path);
  if (outcome.kind === 'unavailable')
    throw new Refusal('log_unavailable', 'It is kept, but the readings log does not have it yet; ask again.', { retryAfterS: 5 });
  if (outcome.kind === 'refused') {
    const errors = outcome.errors.map((fault) => ({ ...fault, path: within(fault.path) }));
    throw new Refusal('invalid', `Nothing was applied: ${errors.length} fault${errors.length === 1 ? '' : 's'}.`, { errors });
  }
  return {
    applied: { ...outcome.applied },
    unchanged: outcome.unchanged,
    warnings: outcome.warnings.map((fault) => ({ ...fault, path: within(fault.path) })),
    version: outcome.version,
    pending: outcome.pending.map((held) => ({ ...held, levels: [...held.levels] })),
    ...(dryRun === true && { rules: diffsOf(outcome) }),
  };
}

function diffsOf({ rules }: Extract<ImportOutcome, { kind: 'applied' }>): NonNullable<ImportJson['rules']> {
  return rules.slice(0, MAX_DIFFS).map((diff) => ({
    ...diff,
    levels: diff.levels.map(({ level, from, to }) => ({ level, from: plain(from), to: plain(to) })),
  }));
}

function plain(limit: number | readonly [number, number] | null): number | number[] | null {
  return typeof limit === 'object' && limit !== null ? [...limit] : limit;
}

/** What the audit row says of changes that wait. */
export function waitingNote(answer: ImportJson): string | null {
  return answer.pending.length === 0
    ? null
    : `waits: ${answer.pending.map(({ ruleId, changeId }) => `${ruleId} ${changeId ?? ''}`).join(', ')}`.slice(0, 500);
}
