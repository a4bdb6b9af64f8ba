import { Inject, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { DEPS, type GatewayDeps } from '../deps.js';
import { SERVICES, type Services } from '../services.js';
import { kindIn, operationOf, rolesFor, type AnlanRequest, type Caller } from './call.js';
import { OPERATIONS, type OperationName, type OperationSpec } from './operations.js';
import { holdsOne } from './policy.js';
import { Refusal } from './refusal.js';
import { sourceOf } from '@anlan/shell';

const BEARER = /^Bearer ([A-Za-z0-9_.~+/=-]{16,256})$/i;

/** Every request to every handler passes here: who is it, may they, and not too often. Rights hang on the handler, never on the path (S-29). */
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const name = operationOf(context.getHandler());
    if (name === undefined) throw new Error(`${context.getClass().name}.${context.getHandler().name} has no operation`);
    const request = context.switchToHttp().getRequest<AnlanRequest>();
    const allowed = rolesFor(name, kindIn(request));
    if (allowed === undefined) return true;
    const caller = await this.identify(request);
    request.anlan.caller = caller;
    this.limit(name, caller);
    if (!holdsOne(caller.user.roles, allowed)) {
      const { audit, summary }: OperationSpec = OPERATIONS[name];
      await this.services.audit.refused(
        caller.actor,
        sourceOf(request.socket.remoteAddress),
        request.anlan.requestId,
        audit ?? `read.${name}`,
      );
      throw new Refusal('forbidden', `Your roles do not allow this: ${summary}.`);
    }
    return true;
  }

  private async identify(request: AnlanRequest): Promise<Caller> {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const caller = token === undefined ? undefined : await this.services.sessions.callerOf(token);
    if (!caller)
      throw new Refusal(
        'unauthenticated',
        token === undefined ? 'Send Authorization: Bearer with the token of a login.' : 'This session has ended.',
      );
    return caller;
  }

  private limit(name: OperationName, caller: Caller): void {
    const waitS =
      this.services.apiRate.take(caller.user.id) || (name === 'importBundle' ? this.services.importRate.take(caller.user.id) : 0);
    if (waitS === 0) return;
    this.deps.meter.count('anlan_limit_total', 1, { entry: 'api', reason: 'rate' });
    throw new Refusal('rate_limited', 'Too many requests.', { retryAfterS: waitS });
  }
}
