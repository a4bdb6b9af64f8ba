import { randomInt } from 'node:crypto';
import { ROLE_NAMES, usersJson, type UserJson } from '@anlan/contracts';
import { api, complaint, type Api } from '../api.js';
import { failed, ok, type Io, type Result } from '../io.js';

type WithUrl = Readonly<{ url?: string }>;
const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const PASSWORD_LENGTH = 20;

/** `anlan user list` */
export async function listUsers(io: Io, { url }: WithUrl): Promise<Result> {
  const server = await api(io, url);
  const users = await allUsers(io, server);
  if ('kind' in users) return users;
  return ok(
    users,
    users
      .map(
        ({ username, name, roles, disabled }) =>
          `${username.padEnd(20)} ${name.padEnd(16)} ${roles.join(', ')}${disabled ? ' (disabled)' : ''}`,
      )
      .join('\n') || 'no accounts',
  );
}

export type AddUser = WithUrl & Readonly<{ name?: string; role: readonly string[]; region?: readonly string[]; passwordStdin?: boolean }>;

/** `anlan user add NAME`: with the password from stdin, or one that is made and shown once. */
export async function addUser(io: Io, username: string, { url, name, role, region, passwordStdin = false }: AddUser): Promise<Result> {
  const unknown = role.filter((one) => !(ROLE_NAMES as readonly string[]).includes(one));
  if (unknown.length > 0) return failed(`no role ${unknown.join(', ')}. Known: ${ROLE_NAMES.join(', ')}`);
  const server = await api(io, url);
  const password = await passwordFrom(io, passwordStdin);
  const body = { username, name: name ?? username, password: password.text, roles: role, scope: { regionCodes: region ?? null } };
  const answer = await server.call({ method: 'POST', path: '/api/v1/users', body: JSON.stringify(body) });
  return answer.kind === 'ok'
    ? ok({ user: answer.body, ...password.shown }, said(`added ${username}`, password))
    : complaint(io, server, answer);
}

/** `anlan user password NAME`: ends all sessions of the account. */
export async function setPassword(
  io: Io,
  username: string,
  { url, passwordStdin = false }: WithUrl & Readonly<{ passwordStdin?: boolean }>,
): Promise<Result> {
  const server = await api(io, url);
  const users = await allUsers(io, server);
  if ('kind' in users) return users;
  const user = users.find((one) => one.username === username);
  if (!user) return failed(`no account ${username}`);
  const password = await passwordFrom(io, passwordStdin);
  const answer = await server.call({
    method: 'PATCH',
    path: `/api/v1/users/${encodeURIComponent(user.id)}`,
    body: JSON.stringify({ password: password.text }),
  });
  return answer.kind === 'ok'
    ? ok({ username, ...password.shown }, said(`password of ${username} set`, password))
    : complaint(io, server, answer);
}

type Password = Readonly<{ text: string; shown: Readonly<{ password?: string }> }>;

async function passwordFrom(io: Io, stdin: boolean): Promise<Password> {
  if (stdin) return { text: (await io.stdin()).replace(/\r?\n$/, ''), shown: {} };
  const text = Array.from({ length: PASSWORD_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return { text, shown: { password: text } };
}

const said = (what: string, { shown }: Password): string =>
  shown.password === undefined ? what : `${what}; password (shown once): ${shown.password}`;

async function allUsers(io: Io, server: Api): Promise<readonly UserJson[] | Result> {
  const users: UserJson[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer = await server.call({
      method: 'GET',
      path: `/api/v1/users?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    });
    if (answer.kind !== 'ok') return complaint(io, server, answer);
    const page = usersJson.safeParse(answer.body);
    if (!page.success) return failed(`${server.url} gave an answer that is no list of accounts`);
    users.push(...page.data.items);
    cursor = page.data.nextCursor;
  }
  return users;
}
