import {
  Inject,
  Module,
  type DynamicModule,
  type NestModule,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { AlarmsController } from './api/alarms.controller.js';
import { AuthController } from './api/auth.controller.js';
import { BacktestsController } from './api/backtests.controller.js';
import { DataController } from './api/data.controller.js';
import { OverviewController } from './api/overview.controller.js';
import { RegistryController } from './api/registry.controller.js';
import { RulesController } from './api/rules.controller.js';
import { StreamController } from './api/stream.controller.js';
import { SystemController } from './api/system.controller.js';
import { UsersController } from './api/users.controller.js';
import { staticConsole } from './console/static-console.js';
import { DEPS, type GatewayDeps } from './deps.js';
import { FieldController } from './field/field.controller.js';
import { AccessGuard } from './http/access.guard.js';
import { CallInterceptor } from './http/call.interceptor.js';
import { edge } from './http/edge.js';
import { routeFaults } from './http/route-faults.js';
import { ProblemFilter } from './http/problem.filter.js';
import { SERVICES, gatewayServices, type Services } from './services.js';

/** The fixed ones first: `/alarms/counts` before `/alarms/{id}`, `/rules/changes` before `/rules/{id}`, and the kinds of the registry last. */
const CONTROLLERS = [
  SystemController,
  FieldController,
  AuthController,
  UsersController,
  AlarmsController,
  DataController,
  BacktestsController,
  OverviewController,
  StreamController,
  RulesController,
  RegistryController,
];

/** Head of every request, then rights, then checks; whatever fails ends in the one filter. */
@Module({})
export class GatewayModule implements NestModule, OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
    private readonly modules: ModulesContainer,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Straight into the adapter: middleware bound to a path is passed over where the path cannot be decoded (S-43). */
  configure(): void {
    const { consoleDir } = this.deps.settings;
    const { httpAdapter } = this.adapterHost;
    httpAdapter.use(edge(this.deps));
    if (consoleDir !== null) httpAdapter.use(staticConsole(consoleDir));
  }

  /** A handler without a declared right, or a declared operation without a handler, stops the start (S-28). */
  onModuleInit(): void {
    const faults = routeFaults(this.modules, new MetadataScanner());
    if (faults.length > 0) throw new Error(`The API is not whole:\n${faults.join('\n')}`);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.services.hub.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.services.hub.stop();
    await this.services.backtests.stop();
    await this.services.shadows.close();
  }
}

/** The gateway over these ports. */
export function gatewayModule(deps: GatewayDeps): DynamicModule {
  return {
    module: GatewayModule,
    controllers: CONTROLLERS,
    providers: [
      { provide: DEPS, useValue: deps },
      { provide: SERVICES, useFactory: () => gatewayServices(deps) },
      { provide: APP_GUARD, useClass: AccessGuard },
      { provide: APP_INTERCEPTOR, useClass: CallInterceptor },
      { provide: APP_FILTER, useClass: ProblemFilter },
    ],
  };
}
