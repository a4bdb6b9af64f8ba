import type { BacktestJson } from '@anlan/contracts';
import { backtestJsonOf } from '@anlan/flows';
import { Controller, Inject } from '@nestjs/common';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import { Refusal, notFound } from '../http/refusal.js';
import { inScope, regionOfPoint } from '../http/scope.js';
import { SERVICES, type Services } from '../services.js';
import { orderOf } from '../views/backtest-order.js';

/** Trying rules over the past. A back-test is seen by who ordered it. */
@Controller()
export class BacktestsController {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  @Operation('createBacktest')
  async create(@Checked() { body, caller, registry, note }: Call<'createBacktest'>): Promise<BacktestJson> {
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
    const submitted = this.services.backtests.submit(order);
    if (submitted.kind === 'accepted') return backtestJsonOf(submitted.job);
    throw submitted.code === 'one_at_a_time'
      ? new Refusal('backtest_running', 'Wait for your last back-test; one a person runs at a time.', { retryAfterS: 5 })
      : new Refusal('backtests_waiting', 'Ten back-tests are waiting already.', { retryAfterS: 30 });
  }

  @Operation('getBacktest')
  backtest(@Checked() { caller, param }: Call<'getBacktest'>): BacktestJson {
    const job = this.services.backtests.job(param('id'));
    if (!job || job.by !== caller.user.id) throw notFound();
    return backtestJsonOf(job);
  }
}
