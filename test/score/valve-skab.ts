import { numberOf, timeOf } from './folder.js';
import type { Dataset, Message } from './dataset.js';
import { bundleOf, shipped } from './world.js';

/** A pump loop whose inlet valve closes once in each of 16 experiments. Each experiment is a device of its own. */
export const valveSkab: Dataset = {
  name: 'valve-skab',
  bundle: (folder) => {
    const files = [...new Set(folder.rows('valve1.csv.gz').map(({ file = '' }) => file))];
    return bundleOf({
      domain: 'wtr',
      devices: files.map((file) => ({ id: idOf(file), intervalMs: 1_000, points: [{ id: `${idOf(file)}.flow`, metric: 'flow' }] })),
      metrics: [{ code: 'flow', name: '流量', unit: 'L/min' }],
      rules: [shipped('wtr_pump_flow_off', { id: 'flow-off', pointIds: files.map((file) => `${idOf(file)}.flow`) })],
    });
  },
  *messages(folder): Iterable<Message> {
    for (const row of folder.rows('valve1.csv.gz')) {
      const v = numberOf(row['Volume Flow RateRMS']);
      if (Number.isFinite(v)) yield { deviceId: idOf(row['file'] ?? ''), t: timeOf(row['datetime'] ?? ''), values: { flow: v } };
    }
  },
  series: (pointId) => pointId.replace('.flow', '').replace('-', '/'),
  clockMs: 300_000,
};

function idOf(file: string): string {
  return file.replace('/', '-');
}
