import { Controller, Get, Inject, Module, NotFoundException, Req, Res, type DynamicModule } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowedSources } from './sources.js';

/** Is each part keeping up. `ready` says whether work may come. */
export type Readiness = Readonly<{ ready: boolean; checks: Readonly<Record<string, Readonly<{ ok: boolean; detail: string }>>> }>;
export type HealthDeps = Readonly<{
  readiness(): Readiness;
  metricsPage: Readonly<{ text(): Promise<string>; contentType: string }>;
  /** Who may read the metrics: `loopback`, `private`, `any`, addresses or CIDR ranges. */
  metricsAllow: readonly string[];
}>;

const DEPS = Symbol('HealthDeps');

/** Probes and metrics of a process that has no other pages. */
@Controller()
class HealthController {
  private readonly mayReadMetrics: (address: string | undefined) => boolean;

  constructor(@Inject(DEPS) private readonly deps: HealthDeps) {
    this.mayReadMetrics = allowedSources(deps.metricsAllow);
  }

  @Get('health/live')
  live(): Readonly<{ status: 'live' }> {
    return { status: 'live' };
  }

  @Get('health/ready')
  ready(@Res() response: ServerResponse): void {
    const { ready, checks } = this.deps.readiness();
    response.writeHead(ready ? 200 : 503, { 'Content-Type': 'application/json; charset=utf-8', 'X-Content-Type-Options': 'nosniff' });
    response.end(JSON.stringify({ status: ready ? 'ready' : 'not_ready', checks }));
  }

  @Get('metrics')
  async metrics(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    if (!this.mayReadMetrics(request.socket.remoteAddress)) throw new NotFoundException();
    const text = await this.deps.metricsPage.text();
    response.writeHead(200, { 'Content-Type': this.deps.metricsPage.contentType });
    response.end(text);
  }
}

/** `GET /health/live`, `/health/ready` and `/metrics`. */
@Module({})
export class HealthModule {
  static of(deps: HealthDeps): DynamicModule {
    return { module: HealthModule, controllers: [HealthController], providers: [{ provide: DEPS, useValue: deps }] };
  }
}
