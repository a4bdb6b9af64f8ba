import { randomBytes } from 'node:crypto';
import { isoOf, type AuditRowJson, type PageJson, type UserJson } from '@anlan/contracts';
import type { User } from '@anlan/ports';
import { Controller, Inject } from '@nestjs/common';
import { loginName } from '../auth/login.js';
import { passwordFault } from '../auth/passwords.js';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import { Refusal, notFound } from '../http/refusal.js';
import { SERVICES, type Services } from '../services.js';
import { pageOfList } from '../views/page.js';
import { userJsonOf } from '../views/users.js';
import { weak } from './auth.controller.js';

type Change = Call<'changeUser'>['body'];

/** Accounts and the audit trail. */
@Controller()
export class UsersController {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  @Operation('listUsers')
  async list(@Checked() { query }: Call<'listUsers'>): Promise<PageJson<UserJson>> {
    const users = [...(await this.deps.accounts.list())];
    return pageOfList(users, (user) => user.id, query, userJsonOf);
  }

  @Operation('createUser')
  async create(@Checked() { body, note, registry }: Call<'createUser'>): Promise<UserJson> {
    const username = loginName(body.username);
    note({ objectKind: 'user', objectId: username, after: body.roles.join(' ') });
    const fault = passwordFault(body.password, username, body.roles.includes('admin'));
    if (fault !== undefined) throw weak('/password', fault);
    if (body.personId !== null && !registry.people.has(body.personId)) throw unknownPerson();
    const { hash, inTurn } = this.services.passwords;
    const now = this.deps.clock.now();
    const user: User = {
      id: randomBytes(12).toString('hex'),
      username,
      name: body.name,
      personId: body.personId,
      roles: body.roles,
      scope: body.scope,
      disabled: false,
      passwordHash: await inTurn(() => hash(body.password)),
      passwordSetAt: now,
      mustChangePassword: false,
      createdAt: now,
    };
    if (!(await this.deps.accounts.create(user))) throw new Refusal('exists', 'This user name is taken.');
    note({ objectId: user.id });
    return userJsonOf(user);
  }

  @Operation('changeUser')
  async change(@Checked() { body, note, param, registry }: Call<'changeUser'>): Promise<UserJson> {
    const { accounts, clock } = this.deps;
    const before = await accounts.byId(param('id'));
    if (!before) throw notFound();
    note({ objectKind: 'user', objectId: before.id, before: before.roles.join(' '), after: body.roles?.join(' ') ?? null });
    const { password, ...fields } = body;
    if (body.personId != null && !registry.people.has(body.personId)) throw unknownPerson();
    const fault =
      password === undefined ? undefined : passwordFault(password, before.username, (body.roles ?? before.roles).includes('admin'));
    if (fault !== undefined) throw weak('/password', fault);
    const { hash, inTurn } = this.services.passwords;
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const outcome = await accounts.update(before.id, {
      ...given,
      ...(password !== undefined && {
        passwordHash: await inTurn(() => hash(password)),
        passwordSetAt: clock.now(),
        mustChangePassword: false,
      }),
    });
    if (outcome === 'last_administrator') throw new Refusal('last_administrator', 'Somebody must stay who can manage accounts.');
    if (touchesRights(body)) await this.services.sessions.endAllOf(before.id);
    const after = await accounts.byId(before.id);
    if (!after) throw notFound();
    return userJsonOf(after);
  }

  @Operation('listAudit')
  async audit(@Checked() { query }: Call<'listAudit'>): Promise<PageJson<AuditRowJson>> {
    const { items, nextCursor } = await this.deps.audit.page(query.limit, query.cursor);
    return { items: items.map((row) => ({ ...row, at: isoOf(row.at), actor: { ...row.actor } })), nextCursor };
  }
}

function touchesRights({ roles, scope, disabled, password, personId }: Change): boolean {
  return [roles, scope, disabled, password, personId].some((value) => value !== undefined);
}

function unknownPerson(): Refusal {
  return new Refusal('invalid', 'There is no such person in the registry.', {
    errors: [{ path: '/personId', code: 'unknown_reference', message: 'is not a person of the registry' }],
  });
}
