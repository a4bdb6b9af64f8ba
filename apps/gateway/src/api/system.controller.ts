import { Controller, Header, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { DEPS, type GatewayDeps } from '../deps.js';
import { docsPage } from '../docs/docs-page.js';
import { openApi } from '../docs/openapi.js';
import { Checked, Operation, type Call } from '../http/call.js';
import { notFound } from '../http/refusal.js';
import { allowedSources } from '@anlan/shell';

/** Probes, metrics and the description of the API itself. */
@Controller()
export class SystemController {
  private readonly mayReadMetrics: (address: string | undefined) => boolean;

  constructor(@Inject(DEPS) private readonly deps: GatewayDeps) {
    this.mayReadMetrics = allowedSources(deps.settings.metricsAllow);
  }

  @Operation('live')
  live(): Readonly<{ status: 'live' }> {
    return { status: 'live' };
  }

  @Operation('ready')
  ready(@Res({ passthrough: true }) response: Response): unknown {
    const { ready, checks } = this.deps.readiness();
    if (!ready) response.status(503);
    return { status: ready ? 'ready' : 'not_ready', checks };
  }

  @Operation('metrics')
  async metrics(@Checked() { request }: Call<'metrics'>, @Res() response: Response): Promise<void> {
    if (!this.mayReadMetrics(request.socket.remoteAddress)) throw notFound();
    response.setHeader('Content-Type', this.deps.metricsPage.contentType);
    response.end(await this.deps.metricsPage.text());
  }

  @Operation('openapi')
  openapi(): unknown {
    return openApi();
  }

  @Operation('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  docs(): string {
    return docsPage();
  }
}
