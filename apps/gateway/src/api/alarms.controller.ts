import type { AlarmCommand } from '@anlan/alarms';
import {
  TIMELINE_PAGE,
  alarmEventJson,
  alarmDetailJson,
  alarmJson,
  notificationJson,
  type Alarm,
  type AlarmCountsJson,
  type AlarmEventJson,
  type AlarmFilter,
  type AlarmFilterQuery,
  type AlarmDetailJson,
  type AlarmJson,
  type NotificationJson,
  type PageJson,
} from '@anlan/contracts';
import type { RegionScope } from '@anlan/ports';
import { Controller, Inject } from '@nestjs/common';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import type { OperationName } from '../http/operations.js';
import { COMMAND_ROLES, SECOND_PERSONS, SEE_LINKS, holdsOne, isGrave } from '../http/policy.js';
import { Refusal, notFound } from '../http/refusal.js';
import { expandScope, inScope, narrowed } from '../http/scope.js';
import { SERVICES, type Services } from '../services.js';
import { countsJson } from '../views/counts.js';

type Body = Call<'commandAlarm'>['body'];

/** The query of a caller as the store's filter. A region narrows the scope, so that it takes those below it along. */
function filterOf({ level, domain, kind, regionCode: _regionCode, ...rest }: AlarmFilterQuery): AlarmFilter {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...given, ...(level && { levels: level }), ...(domain && { domains: domain }), ...(kind && { kinds: kind }) };
}

/** Alarms: lists, one, its history, and what people do about it. */
@Controller()
export class AlarmsController {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  @Operation('listAlarms')
  async list(@Checked() { query, caller, registry }: Call<'listAlarms'>): Promise<PageJson<AlarmJson>> {
    const { sort, limit, cursor, ...filter } = query;
    const page = await this.deps.alarms.list(narrowed(registry, caller.scope, filter.regionCode), filterOf(filter), sort, limit, cursor);
    return { items: page.items.map((alarm) => alarmJson(alarm, registry)), nextCursor: page.nextCursor };
  }

  @Operation('countAlarms')
  async counts(@Checked() { query, caller, registry }: Call<'countAlarms'>): Promise<AlarmCountsJson> {
    return countsJson(
      await this.deps.alarms.counts(narrowed(registry, caller.scope, query.regionCode), { open: true, ...filterOf(query) }),
    );
  }

  @Operation('getAlarm')
  async get(@Checked() call: Call<'getAlarm'>): Promise<AlarmDetailJson> {
    return alarmDetailJson(await this.visible(call), call.registry);
  }

  @Operation('alarmTimeline')
  async timeline(@Checked() call: Call<'alarmTimeline'>): Promise<PageJson<AlarmEventJson>> {
    const { id } = await this.visible(call);
    const { order, limit = TIMELINE_PAGE, cursor } = call.query;
    const isWhole = call.query.limit === undefined && cursor === undefined && order === 'oldest';
    const page = isWhole ? undefined : { order, limit, ...(cursor !== undefined && { cursor }) };
    const { items, nextCursor } = await this.deps.alarms.timeline(call.caller.scope, id, page);
    return { items: items.map(alarmEventJson), nextCursor };
  }

  @Operation('alarmNotifications')
  async notifications(@Checked() call: Call<'alarmNotifications'>): Promise<PageJson<NotificationJson>> {
    const { id } = await this.visible(call);
    const links = holdsOne(call.caller.user.roles, SEE_LINKS);
    return {
      items: (await this.deps.alarms.notifications(call.caller.scope, id)).map((row) => notificationJson(row, links)),
      nextCursor: null,
    };
  }

  @Operation('commandAlarm')
  async command(@Checked() call: Call<'commandAlarm'>): Promise<AlarmJson> {
    const { body, caller, note, registry } = call;
    note({ objectKind: 'alarm', objectId: call.param('id'), after: body.type });
    const alarm = await this.visible(call);
    note({ regionCode: alarm.regionCode, before: `version ${alarm.version}`, reason: 'reason' in body ? body.reason : null });
    const roles = COMMAND_ROLES[body.type][isGrave(alarm.level) ? 'grave' : 'mild'];
    if (!holdsOne(caller.user.roles, roles)) throw new Refusal('forbidden', `Your roles do not allow ${body.type} on ${alarm.level}.`);
    const command = await this.withSecondPerson(body, alarm, call);
    const outcome = await this.deps.command(alarm.id, command, caller.actor);
    if (outcome.kind === 'done') return alarmJson(outcome.alarm, registry);
    const current = outcome.code === 'version_conflict' ? await this.deps.alarms.get(caller.scope, alarm.id) : undefined;
    throw new Refusal('conflict', outcome.message, {
      status: outcome.status,
      code: outcome.code,
      ...(current && { currentVersion: current.version }),
    });
  }

  private async visible({ caller, param }: Pick<Call<OperationName>, 'caller' | 'param'>): Promise<Alarm> {
    const alarm = await this.deps.alarms.get(caller.scope, param('id'));
    if (!alarm) throw notFound();
    return alarm;
  }

  /** Proves the second person like a login; they need the right themselves, here, and must be somebody else. */
  private async withSecondPerson(
    { secondPerson, ...command }: Body,
    alarm: Alarm,
    { caller, source, registry }: Call<'commandAlarm'>,
  ): Promise<AlarmCommand> {
    if (!secondPerson) return command;
    const user = await this.services.login.prove(secondPerson.username, secondPerson.password, source).catch((error: unknown) => {
      // A wrong second password must not look like an ended session of the first.
      if (error instanceof Refusal && error.code === 'bad_credentials')
        throw needsSecond('Name or password of the second person is wrong.');
      throw error;
    });
    const samePerson = user.id === caller.user.id || (user.personId !== null && user.personId === caller.user.personId);
    if (samePerson) throw needsSecond('The second person must be somebody else.');
    const scope: RegionScope = expandScope(registry, user.scope);
    if (!holdsOne(user.roles, SECOND_PERSONS) || !inScope(scope, alarm.regionCode))
      throw needsSecond('The second person has no right to this.');
    return { ...command, secondPerson: { userId: user.id, personId: user.personId } };
  }
}

function needsSecond(detail: string): Refusal {
  return new Refusal('second_person_required', detail);
}
