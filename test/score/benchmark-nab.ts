import { numberOf, timeOf, type Folder } from './folder.js';
import type { Dataset, Message } from './dataset.js';
import { bundleOf, shipped } from './world.js';

const HOURLY = 'realKnownCause__ambient_temperature_system_failure';
const FLATLINE = 'artificialNoAnomaly__art_flatline';
const INTERVAL_MS = 300_000;

/** Sixteen series of any kind under one setting: the rules of the general pack on every one. */
export const benchmarkNab: Dataset = {
  name: 'benchmark-nab',
  bundle: (folder) => {
    const names = namesOf(folder);
    const pointIds = names.map(pointOf);
    return bundleOf({
      domain: 'wtr',
      devices: names.map((name) => ({
        id: name,
        intervalMs: name === HOURLY ? 12 * INTERVAL_MS : INTERVAL_MS,
        points: [{ id: pointOf(name), metric: 'gen_value' }],
      })),
      rules: [
        shipped('gen_unusual', { id: 'unusual', pointIds }),
        shipped('gen_unheard_of', { id: 'unheard-of', pointIds }),
        // Clean shapes stand still at night; the rule is for what should always move.
        shipped('gen_stuck', { id: 'stuck', pointIds: [pointOf(FLATLINE)] }),
      ],
    });
  },
  *messages(folder): Iterable<Message> {
    for (const name of namesOf(folder)) {
      for (const { timestamp = '', value } of folder.rows(`${name}.csv.gz`)) {
        const v = numberOf(value);
        if (Number.isFinite(v)) yield { deviceId: name, t: timeOf(timestamp), values: { gen_value: v } };
      }
    }
  },
  series: (pointId) => pointId.replace(/\.value$/, ''),
  kinds: ['baseline', 'shift', 'flatline'],
  // Each raised row counts there, and each rule that speaks raises an alarm of its own.
  raises: 'every',
  own: (_folder, alarms) => ({ flatlineCalled: alarms.some(({ series, kind }) => series === FLATLINE && kind === 'flatline') ? 1 : 0 }),
};

/** Every series, those without anomaly too. */
function namesOf(folder: Folder): readonly string[] {
  const files = new Set(folder.rows('labels.csv').map(({ file = '' }) => file));
  return [...files].map((file) => file.replace('/', '__').replace('.csv', ''));
}

function pointOf(name: string): string {
  return `${name}.value`;
}
