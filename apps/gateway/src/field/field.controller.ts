import { alarmJson, type Actor, type Alarm } from '@anlan/contracts';
import type { Link } from '@anlan/ports';
import { Controller, Header, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import { SERVICES, type Services } from '../services.js';
import { FIELD_STYLE, fieldPage, missPage, type FieldState } from './page.js';

const TOKEN = /^[A-Za-z0-9_-]{16,64}$/;
const ALL = { regionCodes: null } as const;
type Answer = Readonly<{ status: number; html: string }>;
type Found = Readonly<{ link: Link; alarm: Alarm }>;
type FieldCall = Call<'fieldPage'> | Call<'fieldAct'>;

/** The page behind a signed link. GET only shows, so previewers do no harm (S-45); POST acknowledges, once. */
@Controller()
export class FieldController {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  @Operation('fieldPage')
  async show(@Checked() call: Call<'fieldPage'>, @Res() response: Response): Promise<void> {
    const found = await this.find(call);
    send(response, found ? this.page(found, this.stateOf(found.link)) : MISS);
  }

  @Operation('fieldAct')
  async act(@Checked() call: Call<'fieldAct'>, @Res() response: Response): Promise<void> {
    const found = await this.find(call);
    call.note({ objectKind: 'link', objectId: found?.link.id ?? '', reason: found ? null : 'not_found' });
    if (!found) return send(response, MISS);
    const { link, alarm } = found;
    const actor: Actor = { kind: 'link', id: link.id, name: link.personName, personId: link.personId };
    call.note({ actor, objectKind: 'alarm', objectId: alarm.id, regionCode: alarm.regionCode, after: 'acknowledge' });
    const before = this.stateOf(link);
    if (before.kind !== 'may_act') return send(response, this.page(found, before));
    const outcome = await this.deps.command(
      alarm.id,
      { type: 'acknowledge', upToLevel: link.level, idempotencyKey: `link:${link.id}`.slice(0, 64) },
      actor,
    );
    if (outcome.kind === 'refused') {
      call.note({ reason: outcome.code });
      return send(response, this.page(found, { kind: 'refused', text: outcome.message }, 409));
    }
    const text = await this.deps.links.use(link.id, this.deps.clock.now(), `已确认 · ${link.personName}`);
    send(response, this.page({ link, alarm: outcome.alarm }, { kind: 'done', text }));
  }

  @Operation('fieldStyle')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return FIELD_STYLE;
  }

  /** Every miss looks alike; after twenty a minute from one source nothing is looked up for it any more (S-46). */
  private async find({ param, source }: FieldCall): Promise<Found | undefined> {
    const { linkMisses } = this.services;
    if (linkMisses.peek(source) > 0) {
      this.deps.meter.count('anlan_limit_total', 1, { entry: 'link', reason: 'misses' });
      return undefined;
    }
    const token = param('token');
    const link = TOKEN.test(token) ? await this.deps.links.find(token) : undefined;
    const alarm = link && link.viewUntil > this.deps.clock.now() ? await this.deps.alarms.get(ALL, link.alarmId) : undefined;
    if (link && alarm) return { link, alarm };
    linkMisses.take(source);
    return undefined;
  }

  private stateOf({ usedAt, usedResult, actUntil }: Link): FieldState {
    if (usedAt !== null) return { kind: 'done', text: usedResult ?? '已确认' };
    return actUntil > this.deps.clock.now() ? { kind: 'may_act' } : { kind: 'over' };
  }

  private page({ link, alarm }: Found, state: FieldState, status = 200): Answer {
    return { status, html: fieldPage(alarmJson(alarm, this.deps.registry.current()), link.personName, state) };
  }
}

const MISS: Answer = { status: 404, html: missPage() };

function send(response: Response, { status, html }: Answer): void {
  response.status(status).setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(html);
}
