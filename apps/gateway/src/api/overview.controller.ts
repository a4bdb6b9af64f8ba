import type { DeviceRowJson, OverviewJson, PageJson } from '@anlan/contracts';
import type { DeviceStatus } from '@anlan/ports';
import { Controller, Inject } from '@nestjs/common';
import { DEPS, type GatewayDeps } from '../deps.js';
import { Checked, Operation, type Call } from '../http/call.js';
import { notFound } from '../http/refusal.js';
import { inScope, regionOfDevice } from '../http/scope.js';
import { SERVICES, type Services } from '../services.js';
import { deviceRow, pointIdsOf } from '../views/devices.js';
import { matches } from '../views/entities.js';
import { pageOfList } from '../views/page.js';

/** The overview, and devices with their state. */
@Controller()
export class OverviewController {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  @Operation('overview')
  overview(@Checked() { caller }: Call<'overview'>): Promise<OverviewJson> {
    return this.services.overviews.of(caller.scope);
  }

  @Operation('listDevices')
  async devices(@Checked() { query, caller, registry }: Call<'listDevices'>): Promise<PageJson<DeviceRowJson>> {
    const visible = [...registry.devices.values()].filter((device) => {
      const region = regionOfDevice(registry, device.id);
      return region !== undefined && inScope(caller.scope, region) && matches(registry, device, query);
    });
    const page = pageOfList(
      visible,
      (device) => device.id,
      query,
      (device) => device.id,
    );
    return { items: await this.rows(page.items), nextCursor: page.nextCursor };
  }

  @Operation('getDevice')
  async device(@Checked() { param, caller, registry }: Call<'getDevice'>): Promise<DeviceRowJson> {
    const region = regionOfDevice(registry, param('id'));
    const [row] = region !== undefined && inScope(caller.scope, region) ? await this.rows([param('id')]) : [];
    if (!row) throw notFound();
    return row;
  }

  private async rows(ids: readonly string[]): Promise<readonly DeviceRowJson[]> {
    const registry = this.deps.registry.current();
    const points = ids.flatMap((id) => pointIdsOf(registry, id));
    const [statuses, newest] = await Promise.all([this.deps.deviceStatus.all(), this.deps.series.newest(points)]);
    const byDevice = new Map<string, DeviceStatus>(statuses.map((status) => [status.deviceId, status]));
    const byPoint = new Map(newest.map((sample) => [sample.pointId, sample]));
    return ids.flatMap((id) => deviceRow(registry, id, byDevice.get(id), byPoint) ?? []);
  }
}
