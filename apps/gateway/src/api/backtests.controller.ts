import type { BacktestBody, BacktestJson, ShadowJson } from '@anlan/contracts';
import { backtestJsonOf, shadowJsonOf, type BacktestOrder } from '@anlan/flows';
import { Controller, Inject } from '@nestjs/common';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import type { OperationName } from '../http/operations.js';
import { Refusal, notFound } from '../http/refusal.js';
import { inScope, regionOfPoint } from '../http/scope.js';
import { SERVICES, type Services } from '../services.js';
import { orderOf } from '../views/backtest-order.js';

const WEEK_MS = 7 * 86_400_000;
type Trying = Pick<Call<OperationName>, 'caller' | 'registry' | 'note'>;

/** Trying rules over the past, and drafts on what comes. Each is seen by who ordered it. */
@Controller()
export class BacktestsController {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  @Operation('createBacktest')
  async create(@Checked() call: Call<'createBacktest'>): Promise<BacktestJson> {
    const submitted = await this.services.backtests.submit(await this.ordered(call, call.body));
    if (submitted.kind === 'accepted') return backtestJsonOf(submitted.job);
    throw submitted.code === 'one_at_a_time'
      ? new Refusal('backtest_running', 'Wait for your last back-test; one a person runs at a time.', { retryAfterS: 5 })
      : new Refusal('backtests_waiting', 'Ten back-tests are waiting already.', { retryAfterS: 30 });
  }

  @Operation('getBacktest')
  async backtest(@Checked() { caller, param }: Call<'getBacktest'>): Promise<BacktestJson> {
    const job = await this.services.backtests.job(param('id'));
    if (!job || job.by !== caller.user.id) throw notFound();
    return backtestJsonOf(job);
  }

  @Operation('startShadow')
  async start(@Checked() call: Call<'startShadow'>): Promise<ShadowJson> {
    const { warmUp = WEEK_MS, for: forMs = WEEK_MS, ...tried } = call.body;
    const now = this.deps.clock.now();
    const order = await this.ordered(call, { ...tried, from: now - 1, to: now });
    const started = this.services.shadows.start({ ...order, warmUpMs: warmUp, forMs });
    if (started.kind === 'started') return shadowJsonOf(started.shadow);
    throw started.code === 'one_at_a_time'
      ? new Refusal('shadow_running', 'End your last shadow run first; one a person runs at a time.')
      : new Refusal('shadows_running', 'Five shadow runs are on already.');
  }

  @Operation('listShadows')
  shadows(@Checked() { caller }: Call<'listShadows'>): { items: ShadowJson[] } {
    return { items: this.services.shadows.list(caller.user.id).map(shadowJsonOf) };
  }

  @Operation('endShadow')
  end(@Checked() { caller, param, note }: Call<'endShadow'>): void {
    note({ objectKind: 'shadow', objectId: param('id') });
    if (!this.services.shadows.stop(caller.user.id, param('id'))) throw notFound();
  }

  /** What is to be tried, with every point within the caller's regions. */
  private async ordered({ caller, registry, note }: Trying, body: BacktestBody): Promise<BacktestOrder> {
    const outcome = orderOf(body, { registry, rules: await this.deps.registry.rules(), by: caller.user.id });
    if (outcome.kind === 'not_found') throw notFound();
    if (outcome.kind === 'invalid')
      throw new Refusal('invalid', outcome.errors[0]?.message ?? 'It cannot be tried.', { errors: outcome.errors });
    const { order } = outcome;
    note({ objectKind: 'rule', objectId: order.ruleId });
    const isHidden = ({ pointId }: Readonly<{ pointId: string }>): boolean => {
      const region = regionOfPoint(registry, pointId);
      return region === undefined || !inScope(caller.scope, region);
    };
    if (order.points.some(isHidden)) throw notFound();
    return order;
  }
}
