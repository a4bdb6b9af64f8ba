import {
  isoOf,
  isoOrNull,
  type EntityJson,
  type FormulaVersionJson,
  type ImportJson,
  type PageJson,
  type RuleChangeJson,
  type TemplateJson,
} from '@anlan/contracts';
import { applyTemplate, loadPacks, type Packs } from '@anlan/packs';
import type { DecisionOutcome, FormulaVersion, RuleChange, User } from '@anlan/ports';
import type { RegistryOutcome } from '@anlan/flows';
import { Controller, Inject } from '@nestjs/common';
import { isLocal } from '../auth/sessions.js';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import type { OperationName } from '../http/operations.js';
import { Refusal, notFound } from '../http/refusal.js';
import { maySee, mayTouch } from '../http/scope.js';
import { changeOptions, isSamePerson } from '../http/second-person.js';
import { ruleVersion } from '../views/rule-rows.js';
import { templateRows } from '../views/templates.js';
import { importJsonOf, waitingNote } from '../views/import-answer.js';

type Asking = Pick<Call<OperationName>, 'caller' | 'param' | 'registry'>;

/** The life of a rule: versions, changes that wait for a second person, templates put on many points. */
@Controller()
export class RulesController {
  private packs: Packs | undefined;

  constructor(@Inject(DEPS) private readonly deps: GatewayDeps) {}

  @Operation('listRuleChanges')
  async changes(@Checked() { query, caller, registry }: Call<'listRuleChanges'>): Promise<PageJson<RuleChangeJson>> {
    const { state, limit, cursor } = query;
    const page = await this.deps.registry.ruleChanges(this.deps.clock.now(), {
      limit,
      ...(state !== undefined && { state }),
      ...(cursor !== undefined && { cursor }),
    });
    const seen = page.items.filter(({ kind, before }) => maySee(registry, caller.scope, kind, before));
    const names = await this.names();
    return { items: seen.map((change) => changeJson(change, names)), nextCursor: page.nextCursor };
  }

  @Operation('getRuleChange')
  async change(@Checked() call: Call<'getRuleChange'>): Promise<RuleChangeJson> {
    return changeJson(await this.seen(call), await this.names());
  }

  @Operation('approveRuleChange')
  async approve(@Checked() call: Call<'approveRuleChange'>): Promise<ImportJson> {
    return importJsonOf(await this.decided(call, true));
  }

  @Operation('rejectRuleChange')
  async reject(@Checked() call: Call<'rejectRuleChange'>): Promise<RuleChangeJson> {
    importJsonOf(await this.decided(call, false));
    return changeJson(await this.seen(call), await this.names());
  }

  @Operation('approveRules')
  async approveRules(@Checked() { body, caller, registry, note }: Call<'approveRules'>): Promise<{ approved: number }> {
    note({ objectKind: 'rules', after: body.ruleIds.join(' ').slice(0, 500) });
    if (isLocal(caller)) throw nobody();
    const wanted = new Set(body.ruleIds);
    const rules = (await this.deps.registry.rules()).filter(({ rule }) => wanted.has(rule.id));
    const names = await this.names();
    const mine = rules.filter(
      ({ body: rule, author }) =>
        mayTouch(registry, caller.scope, 'rules', rule) &&
        !isSamePerson({ id: author, personId: names.get(author)?.personId ?? null }, caller.user),
    );
    const approved = await this.deps.registry.approveVersions(
      mine.map(({ rule }) => rule.id),
      caller.actor,
    );
    return { approved };
  }

  @Operation('applyTemplate')
  async apply(@Checked() { body, query, caller, registry, note }: Call<'applyTemplate'>): Promise<ImportJson> {
    note({ objectKind: 'rules', objectId: body.id, after: body.template, reason: body.reason ?? null });
    const template = this.allPacks().templates.get(body.template);
    if (!template)
      throw new Refusal('invalid', `No pack has a template ${body.template}.`, {
        errors: [{ path: '/template', code: 'unknown', message: 'is not a template of a pack' }],
      });
    const standing = (await this.deps.registry.rules()).map((rule) => rule.body);
    const made = applyTemplate(template, body, { registry, standing });
    if ('faults' in made) throw new Refusal('invalid', made.faults[0]?.message ?? 'It comes to nothing.', { errors: made.faults });
    if (!made.rules.every((rule) => mayTouch(registry, caller.scope, 'rules', rule)))
      throw new Refusal('forbidden', 'This lies outside your regions.');
    const options = await changeOptions({ ...this.deps, registry }, caller, query.dryRun);
    const outcome = await this.deps.changes.importBundle({ version: 1, rules: made.rules }, caller.actor, options);
    const answer = importJsonOf(outcome, { dryRun: query.dryRun });
    note({ before: waitingNote(answer) });
    return answer;
  }

  @Operation('listTemplates')
  templates(): { items: readonly TemplateJson[] } {
    return { items: templateRows(this.allPacks()) };
  }

  @Operation('listRuleVersions')
  async versions(@Checked() { param, caller, registry }: Call<'listRuleVersions'>): Promise<{ items: readonly EntityJson[] }> {
    const versions = await this.deps.registry.ruleVersions(param('id'));
    const last = versions.at(-1);
    if (!last || !maySee(registry, caller.scope, 'rules', last.body)) throw notFound();
    const people = await this.names();
    return { items: versions.map((version) => ruleVersion(version, people)).reverse() };
  }

  @Operation('listFormulaVersions')
  async formulas(@Checked() { param, caller, registry }: Call<'listFormulaVersions'>): Promise<{ items: readonly FormulaVersionJson[] }> {
    const point = await this.deps.registry.entity('points', param('id'));
    if (!point || !maySee(registry, caller.scope, 'points', point)) throw notFound();
    const names = await this.names();
    return { items: (await this.deps.registry.formulaVersions(param('id'))).map((one) => formulaJson(one, names)).reverse() };
  }

  private allPacks(): Packs {
    return (this.packs ??= loadPacks());
  }

  /** The change in the path, or 404 when it is not there or out of scope. */
  private async seen({ caller, param, registry }: Asking): Promise<RuleChange> {
    const change = await this.deps.registry.ruleChange(param('id'), this.deps.clock.now());
    if (!change || !maySee(registry, caller.scope, change.kind, change.before)) throw notFound();
    return change;
  }

  private async decided(call: Call<'approveRuleChange'> | Call<'rejectRuleChange'>, approve: boolean): Promise<RegistryOutcome> {
    const { caller, registry, body, note } = call;
    note({ objectKind: 'rule_change', objectId: call.param('id'), reason: body.comment ?? null });
    const change = await this.seen(call);
    note({ objectId: `${change.id} ${change.entityId}`, before: summary(change.before), after: change.body && summary(change.body) });
    if (!mayTouch(registry, caller.scope, change.kind, change.before)) throw new Refusal('forbidden', 'This lies outside your regions.');
    if (isLocal(caller)) throw nobody();
    const author = await this.deps.accounts.byId(change.author);
    if (change.author === caller.user.id || (author && isSamePerson(author, caller.user))) throw ownChange();
    return decidedOutcome(await this.deps.changes.decide(change.id, { approve, comment: body.comment ?? null }, caller.actor));
  }

  private async names(): Promise<ReadonlyMap<string, User>> {
    return new Map((await this.deps.accounts.list()).map((user) => [user.id, user]));
  }
}

function decidedOutcome(outcome: RegistryOutcome | DecisionOutcome): RegistryOutcome {
  switch (outcome.kind) {
    case 'unknown':
      throw notFound();
    case 'own_change':
      throw ownChange();
    case 'not_pending':
      throw new Refusal('conflict', `This change is ${outcome.state}; there is nothing left to decide.`);
    case 'applied':
    case 'refused':
    case 'unavailable':
      return outcome;
  }
}

const ownChange = (): Refusal => new Refusal('second_person_required', 'Somebody else must decide about your change.');
const nobody = (): Refusal =>
  new Refusal('second_person_required', 'The token of this machine is nobody in particular: log in as a person.');

function summary(entity: EntityJson): string {
  return JSON.stringify(entity).slice(0, 500);
}

function formulaJson(
  { version, derived, author, reason, approvedBy, createdAt }: FormulaVersion,
  names: ReadonlyMap<string, User>,
): FormulaVersionJson {
  return {
    ...{ version, derived: derived && { ...derived }, author, authorName: names.get(author)?.name ?? null, reason },
    ...{ approvedBy, approvedByName: approvedBy === null ? null : (names.get(approvedBy)?.name ?? null), createdAt: isoOf(createdAt) },
  };
}

function changeJson(change: RuleChange, names: ReadonlyMap<string, User>): RuleChangeJson {
  const { weakens, before, body, createdAt, expiresAt, decidedAt, ...rest } = change;
  return {
    ...rest,
    weakens: weakens.map(({ ruleId, levels }) => ({ ruleId, levels: [...levels] })),
    before: { ...before },
    body: body && { ...body },
    authorName: names.get(change.author)?.name ?? null,
    decidedByName: change.decidedBy === null ? null : (names.get(change.decidedBy)?.name ?? null),
    createdAt: isoOf(createdAt),
    expiresAt: isoOf(expiresAt),
    decidedAt: isoOrNull(decidedAt),
  };
}
