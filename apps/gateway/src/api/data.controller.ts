import {
  deadLetterJson,
  isoOf,
  notificationJson,
  type DeadLetterJson,
  type LedgerJson,
  type Millis,
  type NotificationJson,
  type PageJson,
  type RetryJson,
  type SeriesJson,
} from '@anlan/contracts';
import type { RetryOutcome } from '@anlan/flows';
import type { NotificationStore } from '@anlan/ports';
import { Controller, Inject } from '@nestjs/common';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import { SEE_LINKS, holdsOne } from '../http/policy.js';
import { Refusal, badCursor, notFound } from '../http/refusal.js';
import { devicesInScope, inScope, regionOfDevice, regionOfPoint } from '../http/scope.js';
import { inFlight, withInFlight } from '../views/in-flight.js';

const HOUR_MS = 3_600_000;
const LEDGER_DAYS_MS = 7 * 24 * HOUR_MS;
const MIN_BUCKET_MS = 1_000;
/** Farthest moment of ECMAScript time: "until whenever". */
const LAST_MOMENT: Millis = 8.64e15;
/** Pages of the outbox read at most to fill one page of a scoped caller. */
const OUTBOX_PAGES = 20;

/** Readings, the ledger, dead letters and the outbox. */
@Controller()
export class DataController {
  private readonly retrying = new Set<string>();

  constructor(@Inject(DEPS) private readonly deps: GatewayDeps) {}

  @Operation('pointSeries')
  async series(@Checked() { query, caller, param, registry }: Call<'pointSeries'>): Promise<SeriesJson> {
    const point = registry.points.get(param('id'));
    const region = point && regionOfPoint(registry, point.id);
    if (!point || region === undefined || !inScope(caller.scope, region)) throw notFound();
    const unit = registry.metrics.get(point.metric)?.unit ?? '';
    const { from = 0, to = LAST_MOMENT, every, limit } = query;
    const after = query.cursor === undefined ? undefined : momentIn(query.cursor);
    if (every !== undefined && every < MIN_BUCKET_MS)
      throw new Refusal('invalid', 'every must be 1s at least.', {
        errors: [{ path: '/every', code: 'too_small', message: 'must be 1s at least' }],
      });
    const { series } = this.deps;
    if (every === undefined) {
      const page = cutPage(await series.read(point.id, { from, to }, limit + 1, after), limit);
      return { pointId: point.id, unit, items: page.items.map(({ t, v, q }) => ({ t: isoOf(t), v, q })), nextCursor: page.nextCursor };
    }
    const start = after === undefined ? from : Math.max(from, after + every);
    const page = cutPage(await series.buckets(point.id, { from: start, to }, every, limit + 1), limit);
    return {
      pointId: point.id,
      unit,
      items: page.items.map(({ t, ...bucket }) => ({ t: isoOf(t), ...bucket })),
      nextCursor: page.nextCursor,
    };
  }

  @Operation('ledger')
  async ledger(@Checked() { query, caller, registry }: Call<'ledger'>): Promise<LedgerJson> {
    const { clock, ledger, log, settings } = this.deps;
    const now = clock.now();
    const from = Math.floor((query.from ?? now - LEDGER_DAYS_MS) / HOUR_MS) * HOUR_MS;
    const to = Math.ceil((query.to ?? now + HOUR_MS) / HOUR_MS) * HOUR_MS;
    const visible = devicesInScope(registry, caller.scope);
    const asked = query.deviceId;
    const ids = asked ? asked.filter((id) => !visible || visible.includes(id)) : visible;
    // In this order a reading that is counted meanwhile is missed for a moment, never seen twice.
    const items = await ledger.items(from, to, ids);
    const flying = await inFlight({ log, ledger, maxRecords: settings.limits.inFlightRecords }, from, to);
    const shown = ids && new Set(ids);
    return { from: isoOf(from), to: isoOf(to), items: withInFlight(items, flying, (id) => !shown || shown.has(id)) };
  }

  @Operation('listDeadLetters')
  async deadLetters(@Checked() { query, caller, registry }: Call<'listDeadLetters'>): Promise<PageJson<DeadLetterJson>> {
    const visible = devicesInScope(registry, caller.scope);
    const asked = query.deviceId;
    const deviceIds = asked ? asked.filter((id) => !visible || visible.includes(id)) : visible;
    const page = await this.deps.deadLetters.page(
      { ...(deviceIds && { deviceIds }), ...(query.code && { code: query.code }) },
      query.limit,
      query.cursor,
    );
    return { items: page.items.map(deadLetterJson), nextCursor: page.nextCursor };
  }

  @Operation('retryDeadLetter')
  async retry(@Checked() { caller, param, registry, note }: Call<'retryDeadLetter'>): Promise<RetryJson> {
    const { deadLetters, retryDeadLetter } = this.deps;
    const id = param('id');
    note({ objectKind: 'dead_letter', objectId: id });
    const letter = await deadLetters.get(id);
    const region = letter && regionOfDevice(registry, letter.deviceId);
    const visible = letter && (caller.scope.regionCodes === null || (region !== undefined && inScope(caller.scope, region)));
    if (!visible) throw notFound();
    if (letter.retriedAt !== null || this.retrying.has(id))
      throw new Refusal('already_retried', letter.retryOutcome ?? 'It is being retried.');
    this.retrying.add(id);
    try {
      const result = retryJsonOf(id, await retryDeadLetter(letter));
      note({ regionCode: region ?? null, after: result.outcome });
      return result;
    } finally {
      this.retrying.delete(id);
    }
  }

  @Operation('listNotifications')
  async notifications(@Checked() { query, caller }: Call<'listNotifications'>): Promise<PageJson<NotificationJson>> {
    const links = holdsOne(caller.user.roles, SEE_LINKS);
    const { items, nextCursor } = await this.outbox(query.limit, query.cursor, (alarmId) => this.sees(caller.scope, alarmId));
    return { items: items.map((row) => notificationJson(row, links)), nextCursor };
  }

  private async sees(scope: Call<'listNotifications'>['caller']['scope'], alarmId: string): Promise<boolean> {
    return scope.regionCodes === null || (await this.deps.alarms.get(scope, alarmId)) !== undefined;
  }

  /** Rows whose alarm the caller may see. Reads on, boundedly, until a page is filled. */
  private async outbox(
    limit: number,
    cursor: string | undefined,
    sees: (alarmId: string) => Promise<boolean>,
  ): ReturnType<NotificationStore['page']> {
    const items = [];
    let at = cursor;
    for (let turn = 0; turn < OUTBOX_PAGES; turn++) {
      const page = await this.deps.notifications.page(limit - items.length, at);
      for (const row of page.items) if (await sees(row.alarmId)) items.push(row);
      if (page.nextCursor === null || items.length >= limit) return { items, nextCursor: page.nextCursor };
      at = page.nextCursor;
    }
    return { items, nextCursor: at ?? null };
  }
}

/** The recorder marks the letter as retried, in step with the ledger. One that is refused again may be tried once more, after the registry was put right. */
function retryJsonOf(id: string, outcome: RetryOutcome): RetryJson {
  switch (outcome.kind) {
    case 'accepted':
      return { id, accepted: outcome.accepted, refused: outcome.refused, outcome: 'accepted' };
    case 'refused':
      return { id, accepted: 0, refused: 1, outcome: `${outcome.code}: ${outcome.reason}` };
    case 'repeated':
      throw new Refusal('already_retried', 'Another try of this letter was taken already.');
  }
}

function momentIn(cursor: string): Millis {
  if (!/^\d{1,16}$/.test(cursor)) throw badCursor();
  return Number(cursor);
}

function cutPage<T extends Readonly<{ t: Millis }>>(
  items: readonly T[],
  limit: number,
): Readonly<{ items: readonly T[]; nextCursor: string | null }> {
  const page = items.slice(0, limit);
  return { items: page, nextCursor: items.length > limit ? String(page.at(-1)?.t) : null };
}
