import type { Evidence } from '../check/evidence.js';
import { CREDENTIAL } from './city.js';
import { atRest, gather } from './evidence.js';
import { type FleetOptions, type Journal, journal, runFleet } from './journal.js';
import { LOAD_ENV } from './load.js';
import { Platform, temporaryFolder } from './platform.js';

export type Repeat = Readonly<{
  bundle: unknown;
  /** What was sent: the same is sent again. */ log: Journal;
  fleet: Pick<FleetOptions, 'startAt' | 'everyMs' | 'value'>;
  pointIds: readonly string[];
}>;

/**
 * The same readings once more, in a standalone platform that nothing disturbs: ids of verdicts and events follow from the readings alone,
 * so they must be those of any number of processes and of any crash.
 */
export async function undisturbed({ bundle, log, fleet, pointIds }: Repeat): Promise<Evidence> {
  const folder = temporaryFolder();
  const platform = await Platform.start({ dataDir: folder.path, env: LOAD_ENV, distributed: false });
  try {
    await platform.import(bundle);
    const sent = new Map<string, number>();
    for (const { deviceId } of log.sent) sent.set(deviceId, (sent.get(deviceId) ?? 0) + 1);
    const again = journal();
    const perDevice = (device: number): number => sent.get(`d-${device}`) ?? 0;
    await runFleet({ ...fleet, port: platform.mqttPort, credential: CREDENTIAL, devices: sent.size, perDevice }, again);
    await atRest({ platform, journal: again });
    return await gather({ platform, journal: again, pointIds });
  } finally {
    await platform.kill9();
    folder.remove();
  }
}

/** What a disturbed run is held against. */
export function expectedFrom({ alarms = [], verdicts = [] }: Evidence): Pick<Evidence, 'expectedEvents' | 'expectedVerdicts'> {
  return { expectedEvents: new Map(alarms.flatMap(({ engineEvents }) => [...engineEvents])), expectedVerdicts: verdicts };
}
