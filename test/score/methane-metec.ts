import { timeOf } from './folder.js';
import type { Dataset, Message } from './dataset.js';
import { bundleOf, shipped } from './world.js';

const SENSORS = ['E', 'N', 'NE', 'NW', 'S', 'SE', 'SW', 'W'] as const;
const METRIC = 'gas_ch4_ambient';

/** Eight methane sensors on the fence of a test site with controlled releases: the alarms of all sensors are those of the site. */
export const methaneMetec: Dataset = {
  name: 'methane-metec-2022',
  bundle: () =>
    bundleOf({
      domain: 'gas',
      devices: SENSORS.map((id) => ({ id, intervalMs: 60_000, points: [{ id: `${id}.ch4`, metric: METRIC }] })),
      rules: [shipped('gas_ch4_ambient_excess', { id: 'excess', pointIds: SENSORS.map((id) => `${id}.ch4`) })],
    }),
  *messages(folder): Iterable<Message> {
    for (const row of folder.rows('sensors_1min.csv.gz')) {
      for (const deviceId of SENSORS) {
        const ppm = row[`ch4_ppm_${deviceId}`];
        if (ppm) yield { deviceId, t: timeOf(row['time_utc'] ?? ''), values: { [METRIC]: Number(ppm) } };
      }
    }
  },
  series: () => 'site',
};
