import { type DynamicModule, Module } from '@nestjs/common';
import { FlowStrategy } from '@anlan/shell';
import type { Flow } from '@anlan/ports';

/** Injection token of this app's flow as a Nest transport: readings into series, ledger and dead letters. */
export const RECORDER_STRATEGY = Symbol('RecorderStrategy');

/** Hosts the flow that whoever composes the process has made over its ports. */
@Module({})
export class RecorderModule {
  static of(flow: Flow): DynamicModule {
    return {
      module: RecorderModule,
      providers: [{ provide: RECORDER_STRATEGY, useFactory: () => new FlowStrategy(flow) }],
      exports: [RECORDER_STRATEGY],
    };
  }
}
