import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Packs } from '@anlan/packs';
import { alarmBoard } from './boards/alarms.js';
import { cityBoard } from './boards/city.js';
import { domainBoard } from './boards/domain.js';
import { GAS, HAZARD_SOURCE, TAILINGS_DAM } from './boards/domains.js';
import { platformBoard } from './boards/platform.js';

/** Every dashboard of the product by the name of its file. Same packs, same bytes. */
export function dashboards(packs: Packs): Readonly<Record<string, Dashboard>> {
  return {
    'city-overview.json': cityBoard(packs),
    'gas.json': domainBoard(packs, GAS),
    'hazard-source.json': domainBoard(packs, HAZARD_SOURCE),
    'tailings-dam.json': domainBoard(packs, TAILINGS_DAM),
    'alarm-kpi.json': alarmBoard(packs),
    'platform-health.json': platformBoard(),
  };
}
