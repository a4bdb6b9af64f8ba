import type { EntityJson, ImportJson, PageJson } from '@anlan/contracts';
import type { RegistryOutcome } from '@anlan/flows';
import type { Entity, EntityKind } from '@anlan/ports';
import { Controller, Inject } from '@nestjs/common';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import type { OperationName } from '../http/operations.js';
import { SEE_PHONES, holdsOne } from '../http/policy.js';
import { Refusal, notFound } from '../http/refusal.js';
import { maySee, mayTouch } from '../http/scope.js';
import { changeOptions } from '../http/second-person.js';
import { entriesOf, idOf, keyOf, masked, matches, ruleEntry } from '../views/entities.js';
import { importJsonOf, waitingNote } from '../views/import-answer.js';
import { pageOfList } from '../views/page.js';
import { ruleDetail, ruleFits, ruleRow, type RuleGround } from '../views/rule-rows.js';
import { waitingRules } from '../views/waiting-rules.js';

const MAX_SUMMARY = 500;

/** The registry, entry by entry and as a whole. Every change is a small bundle, so that one importer checks them all. */
@Controller()
export class RegistryController {
  private importing = 0;

  constructor(@Inject(DEPS) private readonly deps: GatewayDeps) {}

  @Operation('listEntities')
  async list(@Checked() call: Call<'listEntities'>): Promise<EntityPage> {
    const { kind, query, caller, registry } = call;
    if (kind === 'rules') return this.rules(call);
    const entries = entriesOf(registry, kind).filter(
      (entry) => maySee(registry, caller.scope, kind, entry) && matches(registry, entry, query),
    );
    const page = pageOfList(
      entries,
      (entry) => idOf(kind, entry),
      query,
      (entry) => shown(call, entry),
    );
    return { ...page, total: entries.length };
  }

  @Operation('getEntity')
  async get(@Checked() call: Call<'getEntity'>): Promise<EntityJson> {
    if (call.kind !== 'rules') return shown(call, await this.existing(call));
    const found = (await this.deps.registry.rules()).find(({ rule }) => rule.id === call.param('id'));
    if (!found || !maySee(call.registry, call.caller.scope, 'rules', found.body)) throw notFound();
    return ruleDetail(found, await this.ruleGround(call));
  }

  @Operation('createEntity')
  async create(@Checked() call: Call<'createEntity'>): Promise<ImportJson> {
    const { kind, body, caller, registry, note } = call;
    const id = idOf(kind, body);
    note({ objectKind: kind, objectId: id, after: summary(body) });
    guardCredential(call, body);
    if (!mayTouch(registry, caller.scope, kind, body)) throw new Refusal('forbidden', 'This lies outside your regions.');
    if (id !== '' && (await this.deps.registry.entity(kind, id)))
      throw new Refusal('exists', `${kind} has an entry ${id} already. Use PATCH to change it.`);
    return this.write(kind, body, call);
  }

  @Operation('changeEntity')
  async change(@Checked() call: Call<'changeEntity'>): Promise<ImportJson> {
    const { kind, body, caller, registry, note } = call;
    const before = await this.existing(call);
    note({ objectKind: kind, objectId: idOf(kind, before), before: summary(before), after: summary(body) });
    guardCredential(call, body);
    const key = keyOf(kind);
    if (Object.hasOwn(body, key))
      throw new Refusal('invalid', `${key} cannot be changed.`, {
        errors: [{ path: `/${key}`, code: 'fixed', message: 'cannot be changed' }],
      });
    const stored = (await this.deps.registry.entity(kind, idOf(kind, before))) ?? {};
    const after = kind === 'rules' ? withoutNulls({ ...stored, ...body }) : { ...stored, ...body };
    if (!mayTouch(registry, caller.scope, kind, before) || !mayTouch(registry, caller.scope, kind, after))
      throw new Refusal('forbidden', 'This lies outside your regions.');
    return this.write(kind, after, call);
  }

  @Operation('removeEntity')
  async remove(@Checked() call: Call<'removeEntity'>): Promise<ImportJson> {
    const { kind, caller, registry, note } = call;
    const before = await this.existing(call);
    note({ objectKind: kind, objectId: idOf(kind, before), before: summary(before) });
    if (!mayTouch(registry, caller.scope, kind, before)) throw new Refusal('forbidden', 'This lies outside your regions.');
    const { dryRun, reason } = call.query;
    const options = { ...(await changeOptions({ ...this.deps, registry }, caller, dryRun)), ...(reason !== undefined && { reason }) };
    return told(call, await this.deps.changes.remove(kind, [idOf(kind, before)], caller.actor, options));
  }

  @Operation('importBundle')
  async import(@Checked() call: Call<'importBundle'>): Promise<ImportJson> {
    const { body, caller, registry, note } = call;
    note({ objectKind: 'registry' });
    if (caller.scope.regionCodes !== null) throw new Refusal('forbidden', 'An import needs the scope of all regions.');
    if (this.importing >= this.deps.settings.limits.importsAtOnce)
      throw new Refusal('import_running', 'Other imports are running; try again.', { retryAfterS: 5 });
    this.importing++;
    try {
      const options = await changeOptions({ ...this.deps, registry }, caller, call.query.dryRun);
      const result = told(call, await this.deps.changes.importBundle(body, caller.actor, options));
      note({ objectId: `version ${result.version}`, after: summary(result.applied) });
      return result;
    } finally {
      this.importing--;
    }
  }

  @Operation('exportBundle')
  async export(@Checked() { query, caller, note, response }: Call<'exportBundle'>): Promise<EntityJson> {
    note({ objectKind: 'registry', after: query.personal ? 'personal' : null });
    if (caller.scope.regionCodes !== null) throw new Refusal('forbidden', 'An export needs the scope of all regions.');
    if (query.personal && !caller.user.roles.includes('admin'))
      throw new Refusal('forbidden', 'Phone numbers are exported by administrators only.');
    response.setHeader('Content-Disposition', 'attachment; filename="anlan-registry.json"');
    return this.deps.registry.exportBundle({ personal: query.personal });
  }

  private async rules(call: Call<'listEntities'>): Promise<EntityPage> {
    const { query, caller, registry } = call;
    const ground = await this.ruleGround(call);
    const rules = (await this.deps.registry.rules()).filter(
      (stored) => maySee(registry, caller.scope, 'rules', stored.body) && ruleFits(stored, query, ground),
    );
    const page = pageOfList(
      rules,
      ({ rule }) => rule.id,
      query,
      (stored) => ruleRow(stored, ground),
    );
    return { ...page, total: rules.length };
  }

  private async ruleGround({ registry }: Pick<Call<OperationName>, 'registry'>): Promise<RuleGround> {
    const [people, waiting] = [await this.deps.accounts.list(), await waitingRules(this.deps)];
    return { registry, people: new Map(people.map((user) => [user.id, user])), waiting };
  }

  private async entries(kind: EntityKind): Promise<readonly Entity[]> {
    return kind === 'rules' ? (await this.deps.registry.rules()).map(ruleEntry) : entriesOf(this.deps.registry.current(), kind);
  }

  /** The entry in the path, or 404 when it is not there or out of scope. */
  private async existing({
    kind,
    param,
    caller,
    registry,
  }: Pick<Call<OperationName>, 'kind' | 'param' | 'caller' | 'registry'>): Promise<Entity> {
    const found = (await this.entries(kind)).find((entry) => idOf(kind, entry) === param('id'));
    if (!found || !maySee(registry, caller.scope, kind, found)) throw notFound();
    return found;
  }

  private async write(kind: EntityKind, entity: Entity, call: Call<'createEntity'> | Call<'changeEntity'>): Promise<ImportJson> {
    const { caller, registry, query } = call;
    const options = await changeOptions({ ...this.deps, registry }, caller, query.dryRun);
    return told(call, await this.deps.changes.importBundle({ version: 1, [kind]: [entity] }, caller.actor, options), `/${kind}/0`);
  }
}

type EntityPage = PageJson<EntityJson> & Readonly<{ total: number }>;
type Changing = Call<'createEntity'> | Call<'changeEntity'> | Call<'removeEntity'> | Call<'importBundle'>;

/** The answer; what waits or was only tried is said in the audit row. */
function told({ query, note, body }: Changing, outcome: RegistryOutcome, prefix = ''): ImportJson {
  const answer = importJsonOf(outcome, { prefix, dryRun: query.dryRun });
  const why = query.reason ?? reasonIn(body);
  const said = query.dryRun === true ? 'dry run' : [why, waitingNote(answer)].filter((one) => one != null).join(' · ');
  if (said !== '') note({ reason: said });
  return answer;
}

/** Why an entry is changed, as it says itself. */
function reasonIn(body: unknown): string | undefined {
  const reason = (body as Entity | undefined)?.['reason'];
  return typeof reason === 'string' ? reason.slice(0, MAX_SUMMARY) : undefined;
}

/** Keys of a rule are optional; null takes one away. */
function withoutNulls(rule: Entity): Entity {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null));
}

/** Device credentials are set by administrators only. */
function guardCredential({ caller, kind }: Pick<Call<OperationName>, 'caller' | 'kind'>, body: Entity): void {
  if (kind === 'devices' && Object.hasOwn(body, 'credential') && !caller.user.roles.includes('admin'))
    throw new Refusal('forbidden', 'Device credentials are set by administrators only.');
}

function shown({ kind, caller }: Pick<Call<OperationName>, 'kind' | 'caller'>, entry: Entity): EntityJson {
  return kind === 'people' && !holdsOne(caller.user.roles, SEE_PHONES) ? masked(entry) : entry;
}

/** What the audit row says of an entry: no secrets, no people's data. */
function summary(entity: Entity): string {
  const { credential: _credential, phone: _phone, webhook: _webhook, ...rest } = entity;
  return JSON.stringify(rest).slice(0, MAX_SUMMARY);
}
