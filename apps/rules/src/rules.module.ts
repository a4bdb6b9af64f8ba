import { type DynamicModule, Module } from '@nestjs/common';
import { FlowStrategy } from '@anlan/shell';
import type { Flow } from '@anlan/ports';

/** Injection token of this app's flow as a Nest transport: readings in, verdicts out. */
export const RULES_STRATEGY = Symbol('RulesStrategy');

/** Hosts the flow that whoever composes the process has made over its ports. */
@Module({})
export class RulesModule {
  static of(flow: Flow): DynamicModule {
    return {
      module: RulesModule,
      providers: [{ provide: RULES_STRATEGY, useFactory: () => new FlowStrategy(flow) }],
      exports: [RULES_STRATEGY],
    };
  }
}
