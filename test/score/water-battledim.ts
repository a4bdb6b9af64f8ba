import type { Dataset, Message, SeriesAlarm } from './dataset.js';
import { numberOf, timeOf, type Folder } from './folder.js';
import { bundleOf, shipped, shippedPoint } from './world.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const INTERVAL_MS = 300_000;
const FLOWS = ['p227', 'p235', 'pump1'] as const;
/** The abrupt leaks that the bar names. */
const ABRUPT = ['p523', 'p827', 'p514', 'p331', 'p142'];

/** A town with two inlets and a pump to its tank: the night flow of what stays in the network. */
export const waterBattledim: Dataset = {
  name: 'water-battledim-2019h1',
  bundle: () =>
    bundleOf({
      domain: 'wtr',
      devices: [
        ...FLOWS.map((id) => ({ id, intervalMs: INTERVAL_MS, points: [{ id: `${id}.flow`, metric: 'wtr_flow_rate' }] })),
        {
          id: 'town',
          intervalMs: INTERVAL_MS,
          points: [
            shippedPoint('wtr_net_inflow', {
              id: 'town.net',
              deviceId: 'town',
              refs: { inlet_a: 'p227.flow', inlet_b: 'p235.flow', to_tank: 'pump1.flow' },
            }),
          ],
        },
      ],
      // The zone is the site's: the clock of the folder is taken as UTC.
      rules: [{ ...shipped('wtr_night_flow_shift', { id: 'night', pointIds: ['town.net'] }), zone: '+00:00' }],
    }),
  *messages(folder): Iterable<Message> {
    for (const row of folder.rows('scada_5min.csv.gz')) {
      const t = timeOf(row['timestamp'] ?? '');
      for (const id of FLOWS) yield { deviceId: id, t, values: { wtr_flow_rate: numberOf(row[`${id}_m3h`]) } };
    }
  },
  series: () => 'inflow',
  own: (folder, alarms) => ({ abruptCalled: abruptCalled(folder, alarms), calls: alarms.length }),
};

/** How many of the named leaks were called within 72 h, a call belonging to the leak that began last before it, as in score.mjs. */
function abruptCalled(folder: Folder, alarms: readonly SeriesAlarm[]): number {
  const leaks = folder.rows('leaks.csv').map(({ pipe = '', start = '' }) => ({ pipe, from: timeOf(start) }));
  leaks.sort((a, b) => a.from - b.from);
  const called = alarms.flatMap(
    ({ from }) =>
      leaks.findLast((leak) => leak.from <= from && from - leak.from <= 14 * DAY_MS && from - leak.from <= 72 * HOUR_MS)?.pipe ?? [],
  );
  return new Set(called.filter((pipe) => ABRUPT.includes(pipe))).size;
}
