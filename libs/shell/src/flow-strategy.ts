import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Flow } from '@anlan/ports';

/**
 * Lets Nest own the life of a flow: `listen` starts it, `close` drains it. It has no handlers;
 * what a flow reads and writes is its own affair.
 */
export class FlowStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId: symbol;
  private stopped: Promise<void> | undefined;

  constructor(private readonly flow: Flow) {
    super();
    this.transportId = Symbol(flow.name);
  }

  listen(callback: (error?: unknown) => void): void {
    this.flow.start().then(() => callback(), callback);
  }

  /** Resolves when the flow has finished what was in hand. A second call waits for the first. */
  close(): Promise<void> {
    this.stopped ??= this.flow.drain();
    return this.stopped;
  }

  on(): never {
    throw new Error(`Flow ${this.flow.name} has no events to listen to`);
  }

  unwrap<T>(): T {
    return this.flow as T;
  }
}
