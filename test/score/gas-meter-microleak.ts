import { timeOf } from './folder.js';
import type { Dataset, Message } from './dataset.js';
import { bundleOf, shipped, shippedPoint } from './world.js';

const MINUTE_MS = 60_000;
/** The authors of the data take 10 L a pulse. */
const PULSE_L = 10;

/**
 * Household meters that tell each minute with pulses; a leak is a small flow that never changes and never stops. Flow below 25 L/h for more than
 * 9 of 24 hours: the numbers are argued in the pack. They hold on either half of the data (January alone F1 0.55, February alone 0.41, where the
 * method of the authors has 0.35 over both). Neighbours (20 to 30 L/h, 8 to 10 h, 15 to 25 % of unevenness) give 0.34 to 0.47, in the middle 0.42,
 * all with fewer false alarms than the authors' method: expect that of other meters.
 */
export const gasMeterMicroleak: Dataset = {
  name: 'gas-meter-microleak',
  bundle: (folder) => {
    const meters = [...new Set(folder.rows('labels.csv.gz').map(({ device = '' }) => device))];
    return bundleOf({
      domain: 'gas',
      devices: meters.map((id) => ({
        id,
        intervalMs: MINUTE_MS,
        points: [
          { id: `${id}.pulses`, metric: 'gas_meter_pulses' },
          shippedPoint('gas_meter_steady_flow', {
            id: `${id}.steady`,
            deviceId: id,
            references: { pulse: PULSE_L },
            refs: { gas_meter_pulses: `${id}.pulses` },
          }),
        ],
      })),
      rules: [shipped('gas_meter_steady', { id: 'steady', pointIds: meters.map((id) => `${id}.steady`) })],
    });
  },
  *messages(folder): Iterable<Message> {
    for (const { device = '', date = '', start_hhmm = '', pulses_per_minute = '' } of folder.rows('pulses.csv.gz')) {
      const start = timeOf(`${date}T${start_hhmm}:00`);
      for (const [i, pulses] of pulses_per_minute.split('|').entries())
        if (Number(pulses) > 0) yield { deviceId: device, t: start + i * MINUTE_MS, values: { gas_meter_pulses: pulses } };
    }
  },
  series: (pointId) => pointId.split('.')[0],
};
