import { numberOf, timeOf } from './folder.js';
import type { Dataset } from './dataset.js';
import { bundleOf, shipped } from './world.js';

const SEGMENTS = ['reference', 'support_01_lowering_01', 'support_01_lowering_02', 'support_02_lowering'] as const;

/** One strain gauge while a support is lowered. Each segment has its own zero, so each is a device of its own: the step between them is no movement. */
export const bridgeMunich: Dataset = {
  name: 'bridge-munich-settlement',
  bundle: () =>
    bundleOf({
      domain: 'brg',
      devices: SEGMENTS.map((id) => ({ id, intervalMs: 1_000, points: [{ id: `${id}.strain`, metric: 'brg_strain' }] })),
      rules: [shipped('brg_strain_quick', { id: 'quick', pointIds: SEGMENTS.map((id) => `${id}.strain`) })],
    }),
  *messages(folder) {
    for (const { segment = '', timestamp_as_recorded = '', strain_mean_um_per_m } of folder.rows('strain_1hz.csv.gz')) {
      const v = numberOf(strain_mean_um_per_m);
      if (Number.isFinite(v)) yield { deviceId: segment, t: timeOf(timestamp_as_recorded), values: { brg_strain: v } };
    }
  },
  series: (pointId) => pointId.split('.')[0],
  clockMs: 600_000,
};
