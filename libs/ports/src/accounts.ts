import type { Millis } from '@anlan/contracts';
import type { RegionScope } from './alarm-store.js';

export const ROLES = ['duty_officer', 'shift_leader', 'analyst', 'owner_unit', 'authority', 'admin', 'auditor'] as const;
export type Role = (typeof ROLES)[number];
export type User = Readonly<{
  id: string;
  username: string;
  name: string;
  personId: string | null;
  roles: readonly Role[];
  scope: RegionScope;
  disabled: boolean;
  passwordHash: string;
  passwordSetAt: Millis;
  /** The first, printed password must be replaced at first login. */ mustChangePassword: boolean;
  createdAt: Millis;
}>;
export type Session = Readonly<{
  id: string;
  userId: string;
  tokenHash: string;
  createdAt: Millis;
  expiresAt: Millis;
  lastSeenAt: Millis;
  stepUpAt: Millis;
  source: string;
  client: string;
}>;

/** Bounds of unproven logins: failures of an account from one source within `lockMs`, and of a source a minute. */
export type LoginLimits = Readonly<{ lockFailures: number; lockMs: Millis; perMinute: number }>;

/** Accounts, sessions and failed logins. Hashes and tokens come ready-made from the shell; nothing readable is stored. */
export type Accounts = Readonly<{
  count(): Promise<number>;
  byUsername(username: string): Promise<User | undefined>;
  byId(id: string): Promise<User | undefined>;
  list(): Promise<readonly User[]>;
  /** Rejects nothing: false when the user name is taken. */
  create(user: User): Promise<boolean>;
  /** As `create`, but only while there is no account at all: of processes that begin at once, one makes the first. */
  createFirst(user: User): Promise<boolean>;
  /** One change at a time, in all processes. `last_administrator`: nobody else could manage accounts any more, so nothing is changed (S-42). */
  update(
    id: string,
    change: Partial<
      Pick<User, 'name' | 'roles' | 'scope' | 'disabled' | 'passwordHash' | 'passwordSetAt' | 'mustChangePassword' | 'personId'>
    >,
  ): Promise<'done' | 'unknown' | 'last_administrator'>;
  /** Opens a session; beyond `maxPerUser` the oldest end. */
  openSession(session: Session, maxPerUser: number): Promise<void>;
  sessionByTokenHash(tokenHash: string): Promise<Session | undefined>;
  touchSession(id: string, change: Partial<Pick<Session, 'lastSeenAt' | 'stepUpAt' | 'expiresAt' | 'tokenHash'>>): Promise<void>;
  endSession(id: string): Promise<void>;
  endSessionsOf(userId: string): Promise<void>;
  /**
   * Counts a login as failed before it is proven, so that tries at once in many processes count one after another; `clearFailures`
   * takes it back. Beyond a limit nothing is written and the login must not go on.
   */
  tryLogin(username: string, source: string, at: Millis, limits: LoginLimits): Promise<'go_on' | 'locked' | 'too_many'>;
  /** Forgets the failures of an account from one source. */
  clearFailures(username: string, source: string): Promise<void>;
}>;
