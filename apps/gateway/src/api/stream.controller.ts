import type { StreamEventName } from '@anlan/contracts';
import { Controller, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call, type Caller } from '../http/call.js';
import { SEE_ALARMS, holdsOne } from '../http/policy.js';
import { Refusal } from '../http/refusal.js';
import { SERVICES, type Services } from '../services.js';
import type { StreamClient } from '../stream/seat.js';

const POSITION = /^\d{1,15}$/;

/** Server-sent events over fetch, so that the token travels in its header (S-44). */
@Controller()
export class StreamController {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  @Operation('stream')
  stream(@Checked() { caller, request }: Call<'stream'>, @Res() response: Response): void {
    const why = this.services.hub.refusal(caller.user.id);
    if (why !== undefined) throw new Refusal('too_many_streams', why, { retryAfterS: 10 });
    const lastId = request.headers['last-event-id'];
    response.status(200).setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('X-Accel-Buffering', 'no');
    response.flushHeaders();
    response.write('retry: 2000\n\n');
    const leave = this.services.hub.join(
      this.clientOf(caller, response, tokenIn(request.headers.authorization)),
      typeof lastId === 'string' && POSITION.test(lastId) ? Number(lastId) : null,
    );
    response.once('close', leave);
  }

  private clientOf(caller: Caller, response: Response, token: string): StreamClient {
    const { limits } = this.deps.settings;
    let { scope } = caller;
    return {
      userId: caller.user.id,
      scope: () => scope,
      send: (event, id, data) => sendEvent(response, limits.streamBufferBytes, { event, id, data }),
      valid: async () => {
        const now = await this.services.sessions.callerOf(token);
        if (!now || !holdsOne(now.user.roles, SEE_ALARMS)) return false;
        scope = now.scope;
        return true;
      },
      close: () => response.end(),
    };
  }
}

function tokenIn(header: string | undefined): string {
  return (header ?? '').replace(/^Bearer /i, '');
}

type StreamEvent = Readonly<{ event: StreamEventName; id: number; data: unknown }>;

/** Writes one event. A client that lets more than the buffer pile up is cut off; it comes back and resumes. */
function sendEvent(response: Response, maxBuffered: number, { event, id, data }: StreamEvent): boolean {
  if (response.destroyed || response.writableEnded) return false;
  response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  if (response.writableLength <= maxBuffered) return true;
  response.destroy();
  return false;
}
