import { isoOf, type MeJson, type SessionJson } from '@anlan/contracts';
import type { User } from '@anlan/ports';
import { Controller, Inject } from '@nestjs/common';
import { isLocal, actorOf, type Opened } from '../auth/sessions.js';
import { passwordFault } from '../auth/passwords.js';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import { Refusal } from '../http/refusal.js';
import { SERVICES, type Services } from '../services.js';
import { userJsonOf } from '../views/users.js';

function sessionJsonOf({ token, expiresAt }: Opened, user: User): SessionJson {
  return { accessToken: token, expiresAt: isoOf(expiresAt), mustChangePassword: user.mustChangePassword, user: userJsonOf(user) };
}

/** Login, the own session, the own password. */
@Controller()
export class AuthController {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  @Operation('login')
  async login(@Checked() { body, source, client, note }: Call<'login'>): Promise<SessionJson> {
    note({ objectKind: 'user', objectId: body.username });
    const user = await this.services.login.prove(body.username, body.password, source);
    note({ actor: actorOf(user), objectId: user.id });
    return sessionJsonOf(await this.services.sessions.open(user, source, client), user);
  }

  @Operation('refresh')
  async refresh(@Checked() { caller }: Call<'refresh'>): Promise<SessionJson> {
    refuseLocal(isLocal(caller));
    return sessionJsonOf(await this.services.sessions.renew(caller), caller.user);
  }

  @Operation('logout')
  async logout(@Checked() { caller }: Call<'logout'>): Promise<void> {
    refuseLocal(isLocal(caller));
    await this.services.sessions.end(caller);
  }

  @Operation('changePassword')
  async changePassword(@Checked() { body, caller, source, client, note }: Call<'changePassword'>): Promise<SessionJson> {
    refuseLocal(isLocal(caller));
    const { accounts, clock } = this.deps;
    const { login, passwords, sessions } = this.services;
    note({ objectKind: 'user', objectId: caller.user.id });
    const user = await login.prove(caller.user.username, body.oldPassword, source);
    const fault =
      passwordFault(body.newPassword, user.username, user.roles.includes('admin')) ??
      (body.newPassword === body.oldPassword ? 'is the old one' : undefined);
    if (fault !== undefined) throw weak('/newPassword', fault);
    const passwordHash = await passwords.inTurn(() => passwords.hash(body.newPassword));
    await accounts.update(user.id, { passwordHash, passwordSetAt: clock.now(), mustChangePassword: false });
    await sessions.endAllOf(user.id);
    return sessionJsonOf(await sessions.open(user, source, client), { ...user, mustChangePassword: false });
  }

  @Operation('me')
  me(@Checked() { caller }: Call<'me'>): MeJson {
    const end = Math.min(caller.expiresAt, this.deps.clock.now() + this.deps.settings.limits.sessionMs);
    return { user: userJsonOf(caller.user), expiresAt: isoOf(end), serverTime: isoOf(this.deps.clock.now()) };
  }
}

function refuseLocal(local: boolean): void {
  if (local) throw new Refusal('forbidden', 'The token of the command line is not a session of a person.');
}

/** 422 for a password that is too easy. */
export function weak(path: string, fault: string): Refusal {
  return new Refusal('weak_password', `The password ${fault}.`, { errors: [{ path, code: 'weak_password', message: fault }] });
}
