import { type DynamicModule, Module } from '@nestjs/common';
import { FlowStrategy } from '@anlan/shell';
import type { Flow } from '@anlan/ports';

/** Injection token of this app's flow as a Nest transport: verdicts and commands into alarms. */
export const ALARM_STRATEGY = Symbol('AlarmStrategy');

/** Hosts the flow that whoever composes the process has made over its ports. */
@Module({})
export class AlarmModule {
  static of(flow: Flow): DynamicModule {
    return {
      module: AlarmModule,
      providers: [{ provide: ALARM_STRATEGY, useFactory: () => new FlowStrategy(flow) }],
      exports: [ALARM_STRATEGY],
    };
  }
}
