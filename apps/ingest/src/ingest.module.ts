import { type DynamicModule, Module } from '@nestjs/common';
import { FlowStrategy } from '@anlan/shell';
import type { Flow } from '@anlan/ports';

/** Injection token of this app's flow as a Nest transport: devices in, durable records out. */
export const INGEST_STRATEGY = Symbol('IngestStrategy');

/** Hosts the flow that whoever composes the process has made over its ports. */
@Module({})
export class IngestModule {
  static of(flow: Flow): DynamicModule {
    return {
      module: IngestModule,
      providers: [{ provide: INGEST_STRATEGY, useFactory: () => new FlowStrategy(flow) }],
      exports: [INGEST_STRATEGY],
    };
  }
}
