import type { RegistrySnapshot } from '@anlan/contracts';
import type { Accounts, ImportOptions, User } from '@anlan/ports';
import { isLocal } from '../auth/sessions.js';
import type { Caller } from './call.js';
import { RULE_MAKERS, holdsOne } from './policy.js';
import { expandScope, inScope } from './scope.js';

/** Are these two accounts of one person. */
export function isSamePerson(a: Pick<User, 'id' | 'personId'>, b: Pick<User, 'id' | 'personId'>): boolean {
  return a.id === b.id || (a.personId !== null && a.personId === b.personId);
}

/**
 * How a change by this caller is to be made: held where it weakens rules, once somebody else could approve it (`rulings` 2). The token file belongs to
 * nobody in particular, so beside it two people are needed.
 */
export async function changeOptions(
  { accounts, registry }: Readonly<{ accounts: Pick<Accounts, 'list'>; registry: RegistrySnapshot }>,
  caller: Caller,
  dryRun: boolean | undefined,
): Promise<ImportOptions> {
  const may = (await accounts.list()).filter(
    (user) => !user.disabled && holdsOne(user.roles, RULE_MAKERS) && covers(registry, user, caller) && !isSamePerson(user, caller.user),
  );
  const people = new Set(may.map(({ id, personId }) => personId ?? id));
  return { hold: people.size >= (isLocal(caller) ? 2 : 1), dryRun: dryRun === true };
}

/** May this user touch whatever the caller may touch. */
function covers(registry: RegistrySnapshot, user: User, { scope }: Caller): boolean {
  const theirs = expandScope(registry, user.scope);
  if (theirs.regionCodes === null) return true;
  return scope.regionCodes !== null && scope.regionCodes.every((code) => inScope(theirs, code));
}
