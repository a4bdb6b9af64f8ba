import { isoOf, type UserJson } from '@anlan/contracts';
import type { User } from '@anlan/ports';

/** An account without its secrets. */
export function userJsonOf({ id, username, name, personId, roles, scope, disabled, mustChangePassword, createdAt }: User): UserJson {
  return {
    id,
    username,
    name,
    personId,
    roles: [...roles],
    scope: { regionCodes: scope.regionCodes && [...scope.regionCodes] },
    disabled,
    mustChangePassword,
    createdAt: isoOf(createdAt),
  };
}
