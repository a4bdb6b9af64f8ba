import { randomBytes, randomInt } from 'node:crypto';
import type { Accounts, Clock, Role, User } from '@anlan/ports';
import { passwords } from './passwords.js';

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const FIRST_ROLES: readonly Role[] = ['admin', 'shift_leader', 'analyst', 'auditor'];

export type FirstAdministrator =
  /** Made now. `printed` is the random password to be shown once; null when one was given. */
  Readonly<{ kind: 'made'; username: string; printed: string | null }> | Readonly<{ kind: 'there' }>;
export type AdministratorDeps = Readonly<{ accounts: Accounts; clock: Clock; scryptLog2N: number }>;

/** Makes user `admin` while there is no account at all. A given password counts as chosen; a random one should be replaced at first login. */
export async function ensureAdministrator(
  { accounts, clock, scryptLog2N }: AdministratorDeps,
  chosen: string | null,
): Promise<FirstAdministrator> {
  if ((await accounts.count()) > 0) return { kind: 'there' };
  const password = chosen ?? randomPassword();
  const now = clock.now();
  const user: User = {
    id: randomBytes(12).toString('hex'),
    username: 'admin',
    name: '管理员',
    personId: null,
    roles: FIRST_ROLES,
    scope: { regionCodes: null },
    disabled: false,
    passwordHash: await passwords(scryptLog2N).hash(password),
    passwordSetAt: now,
    mustChangePassword: chosen === null,
    createdAt: now,
  };
  // Another gateway may have made it while the password was hashed.
  if (!(await accounts.createFirst(user))) return { kind: 'there' };
  return { kind: 'made', username: user.username, printed: chosen === null ? password : null };
}

/** Twenty characters that are not mistaken for each other: 116 bits. */
function randomPassword(): string {
  return Array.from({ length: 20 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');
}
