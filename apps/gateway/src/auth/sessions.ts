import { createHash, randomBytes } from 'node:crypto';
import type { Actor, Millis } from '@anlan/contracts';
import type { Session, User } from '@anlan/ports';
import type { GatewayDeps } from '../deps.js';
import type { Caller } from '../http/call.js';
import { expandScope } from '../http/scope.js';

/** How long a looked-up session is believed; ends of sessions made here take effect at once. */
const BELIEVED_MS = 2_000;
const MAX_KEPT = 10_000;
const TOUCH_MS = 60_000;

/** Tokens are random; only their SHA-256 is kept. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

export function actorOf(user: User): Actor {
  return { kind: 'user', id: user.id, name: user.name, ...(user.personId !== null && { personId: user.personId }) };
}

export type Opened = Readonly<{ token: string; expiresAt: Millis }>;
export type Sessions = Readonly<{
  open(user: User, source: string, client: string): Promise<Opened>;
  /** Who holds this token now; undefined for one that is unknown, ended, expired or of a disabled user. */
  callerOf(token: string): Promise<Caller | undefined>;
  /** A new token for the same session; its end stays. */
  renew(caller: Caller): Promise<Opened>;
  end(caller: Caller): Promise<void>;
  endAllOf(userId: string): Promise<void>;
}>;

/** The command line on this machine: whoever may read the token file of the data folder. */
const LOCAL_USER: User = {
  id: 'local-cli',
  username: 'cli',
  name: '命令行',
  personId: null,
  roles: ['admin', 'shift_leader', 'analyst', 'auditor'],
  scope: { regionCodes: null },
  disabled: false,
  passwordHash: '',
  passwordSetAt: 0,
  mustChangePassword: false,
  createdAt: 0,
};

type Kept = Readonly<{ at: Millis; session: Session; user: User }>;

/** Sessions by random looked-up token: 12 h, three a user, ended by logout and by every change of rights. */
export function sessions({
  accounts,
  clock,
  registry,
  settings,
}: Pick<GatewayDeps, 'accounts' | 'clock' | 'registry' | 'settings'>): Sessions {
  const kept = new Map<string, Kept>();
  const { sessionMs, sessionsPerUser } = settings.limits;

  const look = async (hash: string): Promise<Kept | undefined> => {
    const found = kept.get(hash);
    if (found && clock.mono() - found.at < BELIEVED_MS) return found;
    kept.delete(hash);
    const session = await accounts.sessionByTokenHash(hash);
    const user = session && (await accounts.byId(session.userId));
    if (!session || !user) return undefined;
    if (kept.size >= MAX_KEPT) kept.clear();
    const entry = { at: clock.mono(), session, user };
    kept.set(hash, entry);
    if (clock.now() - session.lastSeenAt > TOUCH_MS) await accounts.touchSession(session.id, { lastSeenAt: clock.now() });
    return entry;
  };

  return {
    async open(user, source, client) {
      const token = newToken();
      const now = clock.now();
      const session: Session = {
        id: randomBytes(12).toString('hex'),
        userId: user.id,
        tokenHash: hashToken(token),
        createdAt: now,
        expiresAt: now + sessionMs,
        lastSeenAt: now,
        stepUpAt: now,
        source,
        client: client.slice(0, 200),
      };
      await accounts.openSession(session, sessionsPerUser);
      kept.clear();
      return { token, expiresAt: session.expiresAt };
    },
    async callerOf(token) {
      const tokenHash = hashToken(token);
      if (tokenHash === settings.localTokenHash) return localCaller(tokenHash);
      const found = await look(tokenHash);
      if (!found || found.user.disabled || found.session.expiresAt <= clock.now()) return undefined;
      const { session, user } = found;
      return {
        sessionId: session.id,
        tokenHash,
        user,
        scope: expandScope(registry.current(), user.scope),
        expiresAt: session.expiresAt,
        actor: actorOf(user),
      };
    },
    async renew(caller) {
      const token = newToken();
      await accounts.touchSession(caller.sessionId, { tokenHash: hashToken(token), lastSeenAt: clock.now() });
      kept.clear();
      return { token, expiresAt: caller.expiresAt };
    },
    async end(caller) {
      await accounts.endSession(caller.sessionId);
      kept.clear();
    },
    async endAllOf(userId) {
      await accounts.endSessionsOf(userId);
      kept.clear();
    },
  };
}

function localCaller(tokenHash: string): Caller {
  return {
    sessionId: LOCAL_USER.id,
    tokenHash,
    user: LOCAL_USER,
    scope: LOCAL_USER.scope,
    expiresAt: Number.MAX_SAFE_INTEGER,
    actor: { kind: 'system', id: LOCAL_USER.id, name: LOCAL_USER.name },
  };
}

/** Does this caller hold the token file rather than a session of a person? */
export function isLocal(caller: Caller): boolean {
  return caller.sessionId === LOCAL_USER.id;
}
