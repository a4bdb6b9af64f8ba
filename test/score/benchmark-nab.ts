import { numberOf, timeOf, type Folder } from './folder.js';
import type { Dataset, Message } from './dataset.js';
import { bundleOf } from './world.js';

const FLATLINE = 'artificialNoAnomaly__art_flatline';

/** Sixteen series of any kind under one setting: three rules of the general pack on every one. */
export const benchmarkNab: Dataset = {
  name: 'benchmark-nab',
  bundle: (folder) => {
    const names = namesOf(folder);
    const pointIds = names.map(pointOf);
    return bundleOf({
      domain: 'wtr',
      devices: names.map((name) => ({
        id: deviceOf(name),
        intervalMs: name.includes('ambient') ? 3_600_000 : 300_000,
        points: [{ id: pointOf(name), metric: 'value', min: -1e6, max: 1e6 }],
      })),
      metrics: [{ code: 'value', name: '数值', unit: '1' }],
      rules: [
        JSON.parse(
          process.env['S_B'] ?? '{"id":"b","kind":"baseline","season":"hourOfDay","learn":"3d","band":5,"level":"yellow","offDelay":"12h"}',
        ),
        JSON.parse(
          process.env['S_R'] ??
            '{"id":"s","kind":"shift","method":"range","aggregate":{"every":"2h"},"learn":"14d","margin":0.25,"level":"yellow","offDelay":"12h"}',
        ),
      ]
        .filter((r: any) => r.id)
        .map((rule: any) => ({ pointIds, ...rule })),
    });
  },
  *messages(folder): Iterable<Message> {
    for (const name of namesOf(folder)) {
      for (const { timestamp = '', value } of folder.rows(`${name}.csv.gz`)) {
        const v = numberOf(value);
        if (Number.isFinite(v)) yield { deviceId: deviceOf(name), t: timeOf(timestamp), values: { value: v } };
      }
    }
  },
  series: (pointId) => pointId.replace('.value', ''),
};

/** Every series, those without anomaly too. */
function namesOf(folder: Folder): readonly string[] {
  const files = new Set(folder.rows('labels.csv').map(({ file = '' }) => file));
  return [...files].map((file) => file.replace('/', '__').replace('.csv', ''));
}

const deviceOf = (name: string): string => name;
const pointOf = (name: string): string => `${name}.value`;
