import { ALARM_STRATEGY, AlarmModule } from '@anlan/alarm-app';
import { type GatewayDeps, gatewayModule } from '@anlan/gateway-app';
import { INGEST_STRATEGY, IngestModule } from '@anlan/ingest-app';
import { NOTIFIER_STRATEGY, NotifierModule } from '@anlan/notifier-app';
import { RECORDER_STRATEGY, RecorderModule } from '@anlan/recorder-app';
import { RULES_STRATEGY, RulesModule } from '@anlan/rules-app';
import { type DynamicModule, Module } from '@nestjs/common';
import type { AlarmFlow, IngestFlow, RegistryFlow } from '@anlan/flows';
import type { Flow } from '@anlan/ports';

/** In the order in which they start; they drain the other way round, devices first. */
export type Flows = Readonly<{ registry: RegistryFlow; rules: Flow; recorder: Flow; alarm: AlarmFlow; notifier: Flow; ingest: IngestFlow }>;

/** Flows in the order in which they start: what listens to devices comes last. */
export const STRATEGIES = [RULES_STRATEGY, RECORDER_STRATEGY, ALARM_STRATEGY, NOTIFIER_STRATEGY, INGEST_STRATEGY] as const;

/** Every app in one process. */
@Module({})
export class StandaloneModule {
  static of(flows: Flows, gateway: GatewayDeps): DynamicModule {
    return {
      module: StandaloneModule,
      imports: [
        gatewayModule(gateway),
        RulesModule.of(flows.rules),
        RecorderModule.of(flows.recorder),
        AlarmModule.of(flows.alarm),
        NotifierModule.of(flows.notifier),
        IngestModule.of(flows.ingest),
      ],
    };
  }
}
