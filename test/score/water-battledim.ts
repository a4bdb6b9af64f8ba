import { numberOf, timeOf } from './folder.js';
import type { Dataset, Message } from './dataset.js';
import { bundleOf } from './world.js';

export const waterBattledim: Dataset = {
  name: 'water-battledim-2019h1',
  bundle: () =>
    bundleOf({
      domain: 'wtr',
      devices: [{ id: 'town', intervalMs: 300_000, points: [{ id: 'town.net', metric: 'wtr_flow_rate' }] }],
      rules: [
        JSON.parse(
          process.env['S_W'] ??
            '{"id":"s","kind":"shift","baseline":{"season":"hourOfWeek","zone":"+00:00"},"zone":"+00:00","aggregate":{"from":"02:00","to":"04:00"},"learn":"14d","direction":"rise","sensitivity":"medium","minScaleShare":0.02,"level":"yellow","rebase":"8d"}',
        ),
      ].map((rule) => ({ pointIds: ['town.net'], ...rule })),
    }),
  *messages(folder): Iterable<Message> {
    for (const { timestamp = '', p227_m3h, p235_m3h, pump1_m3h } of folder.rows('scada_5min.csv.gz')) {
      const flow = numberOf(p227_m3h) + numberOf(p235_m3h) - (process.env['S_NOPUMP'] ? 0 : numberOf(pump1_m3h));
      if (Number.isFinite(flow)) yield { deviceId: 'town', t: timeOf(timestamp), values: { wtr_flow_rate: flow } };
    }
  },
  series: () => 'inflow',
  own: (_, alarms) => ({ abruptCalled: 0, calls: alarms.length }),
};
