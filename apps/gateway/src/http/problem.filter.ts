import { BadCursor, LogUnavailable, RecordsUnavailable, SeriesUnavailable } from '@anlan/ports';
import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { DEPS, type GatewayDeps } from '../deps.js';
import type { AnlanRequest } from './call.js';
import { sendProblem } from './problem.js';
import { Refusal, badCursor, notFound } from './refusal.js';

/** Turns whatever went wrong into a problem document. What is not foreseen is logged with its stack, and only its id goes out. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(DEPS) private readonly deps: Pick<GatewayDeps, 'logger'>) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    const requestId = http.getRequest<Partial<AnlanRequest>>().anlan?.requestId ?? '';
    const refusal = refusalOf(error);
    if (refusal.status >= 500)
      this.deps.logger.error('Request failed', {
        requestId,
        code: refusal.code,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    if (response.headersSent) response.destroy();
    else sendProblem(response, refusal, requestId);
  }
}

/** The refusal that an error means to the caller. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof BadCursor) return badCursor();
  if (error instanceof LogUnavailable)
    return new Refusal('log_unavailable', 'Nothing can be written at the moment; try again.', { retryAfterS: 5 });
  if (error instanceof SeriesUnavailable)
    return new Refusal('unavailable', 'Readings cannot be read at the moment; try again.', { retryAfterS: 5 });
  if (error instanceof RecordsUnavailable)
    return new Refusal('unavailable', 'The records cannot be reached at the moment; try again.', { retryAfterS: 5 });
  const status = error instanceof HttpException ? error.getStatus() : (error as { status?: unknown } | null)?.status;
  if (status === 404) return notFound();
  if (status === 400 || error instanceof URIError) return new Refusal('bad_request', 'The address cannot be read.');
  return new Refusal('internal', 'Something went wrong here. Tell your administrator the request id.');
}
