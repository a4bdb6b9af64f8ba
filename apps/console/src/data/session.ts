import type { SessionJson, UserJson } from '@anlan/contracts';
import type { Client } from './client.js';
import { source, type Signal } from './signal.js';

/** `expired`: the page stays, alarms stay on it, acts need the password again. The token lives here and nowhere else. */
export type SessionState =
  | Readonly<{ kind: 'out' }>
  | Readonly<{ kind: 'in'; token: string; user: UserJson; mustChangePassword: boolean }>
  | Readonly<{ kind: 'expired'; user: UserJson }>;

export type Session = Signal<SessionState> &
  Readonly<{
    token(): string | null;
    login(username: string, password: string): Promise<void>;
    logout(): Promise<void>;
    expire(): void;
    changePassword(oldPassword: string, newPassword: string): Promise<void>;
  }>;

/** Who is at this page. Resolves or rejects with ApiProblem. */
export function sessionOf(client: () => Pick<Client, 'post'>): Session {
  const state = source<SessionState>({ kind: 'out' });
  const enter = ({ accessToken, user, mustChangePassword }: SessionJson): void =>
    state.set({ kind: 'in', token: accessToken, user, mustChangePassword });
  const token = (): string | null => {
    const now = state.get();
    return now.kind === 'in' ? now.token : null;
  };
  return {
    get: state.get,
    subscribe: state.subscribe,
    token,
    login: async (username, password) => enter(await client().post<SessionJson>('/auth/login', { username, password })),
    logout: async () => {
      // Whatever the server answers, this page forgets the token.
      await client()
        .post('/auth/logout')
        .catch(() => undefined);
      state.set({ kind: 'out' });
    },
    expire: () => {
      const now = state.get();
      if (now.kind === 'in') state.set({ kind: 'expired', user: now.user });
    },
    changePassword: async (oldPassword, newPassword) => {
      const answer = await client().post<Partial<SessionJson> | undefined>('/auth/password', { oldPassword, newPassword });
      const now = state.get();
      if (answer?.accessToken !== undefined) enter(answer as SessionJson);
      else if (now.kind === 'in') state.set({ ...now, mustChangePassword: false });
    },
  };
}

/** Acts of the console and who may do them, as the gateway's policy has it; what is not allowed is not offered. */
const MAY = {
  acknowledge: ['duty_officer', 'shift_leader'],
  comment: ['duty_officer', 'shift_leader', 'analyst', 'owner_unit', 'authority'],
  shelve: ['duty_officer', 'shift_leader'],
  unshelve: ['duty_officer', 'shift_leader'],
  reset: ['duty_officer', 'shift_leader', 'owner_unit'],
  markFalse: ['duty_officer', 'shift_leader', 'analyst'],
  retryDeadLetter: ['analyst', 'admin'],
  decideChange: ['shift_leader', 'analyst'],
  writeRule: ['shift_leader', 'analyst'],
} as const satisfies Readonly<Record<string, readonly UserJson['roles'][number][]>>;
export type Act = keyof typeof MAY;

export function may(user: Pick<UserJson, 'roles'> | null, act: Act): boolean {
  const allowed: readonly string[] = MAY[act];
  return user !== null && user.roles.some((role) => allowed.includes(role));
}
