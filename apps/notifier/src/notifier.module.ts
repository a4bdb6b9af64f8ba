import { type DynamicModule, Module } from '@nestjs/common';
import { FlowStrategy } from '@anlan/shell';
import type { Flow } from '@anlan/ports';

/** Injection token of this app's flow as a Nest transport: due notifications out to people. */
export const NOTIFIER_STRATEGY = Symbol('NotifierStrategy');

/** Hosts the flow that whoever composes the process has made over its ports. */
@Module({})
export class NotifierModule {
  static of(flow: Flow): DynamicModule {
    return {
      module: NotifierModule,
      providers: [{ provide: NOTIFIER_STRATEGY, useFactory: () => new FlowStrategy(flow) }],
      exports: [NOTIFIER_STRATEGY],
    };
  }
}
