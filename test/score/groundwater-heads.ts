import type { Verdict } from '@anlan/contracts';
import type { RuleBody } from '@anlan/packs';
import { numberOf, timeOf, type Folder } from './folder.js';
import type { Dataset } from './dataset.js';
import { bundleOf, shipped } from './world.js';

const DAY_MS = 86_400_000;
const JOINED_MS = 14 * DAY_MS;
const INTERVALS = { Netherlands: DAY_MS, Sweden_1: 7 * DAY_MS, Sweden_2: 7 * DAY_MS, USA: DAY_MS } as const;
const HEADS = Object.keys(INTERVALS).map((id) => `${id}.head`);

/** The plain rule of the folder at three limits in m: its counts, summed over the wells, are compared with ours. At blue they are no alarms of the score. */
const PLAIN = [0.3, 0.5, 1] as const;
const plainRule = (at: number): RuleBody => ({
  id: `plain-${at}`,
  kind: 'rate',
  pointIds: HEADS,
  estimator: 'difference',
  window: '7d',
  perUnit: 'm/7d',
  levels: [{ level: 'blue', at, deadband: 0 }],
});

/** Four observation wells, twenty quiet years: every alarm is false. */
export const groundwaterHeads: Dataset = {
  name: 'groundwater-heads',
  bundle: () =>
    bundleOf({
      domain: 'tsf',
      devices: Object.entries(INTERVALS).map(([id, intervalMs]) => ({
        id,
        intervalMs,
        points: [{ id: `${id}.head`, metric: 'head', min: -1_000, max: 10_000 }],
      })),
      metrics: [{ code: 'head', name: '水头', unit: 'm' }],
      rules: [
        shipped('tsf_phreatic_elev_usual', { id: 'usual', pointIds: HEADS }),
        shipped('tsf_phreatic_elev_rise', { id: 'rise', pointIds: HEADS }),
        ...PLAIN.map(plainRule),
      ],
    }),
  *messages(folder) {
    for (const { well = '', date = '', head_m } of folder.rows('heads_daily.csv.gz')) {
      const v = numberOf(head_m);
      if (Number.isFinite(v)) yield { deviceId: well, t: timeOf(date), values: { head: v } };
    }
  },
  series: (pointId) => pointId.split('.')[0],
  own: (folder, _alarms, verdicts) => Object.fromEntries(PLAIN.map((at) => [`plain${at}m`, plainAlarms(folder, verdicts, `plain-${at}`)])),
};

/** Readings beyond the limit at most 14 days apart are one alarm. A verdict tells when they began, and the first reading that was none. */
function plainAlarms(folder: Folder, verdicts: readonly Verdict[], ruleId: string): number {
  const times = new Map<string, number[]>();
  for (const { well = '', date = '' } of folder.rows('heads_daily.csv.gz')) {
    const list = times.get(well);
    if (list) list.push(timeOf(date));
    else times.set(well, [timeOf(date)]);
  }
  let alarms = 0;
  for (const [well, readings] of times) {
    let last = -Infinity;
    for (const { process, t } of verdicts.filter(({ key }) => key.ruleId === ruleId && key.pointId === `${well}.head`)) {
      if (process === 'active' && t - last > JOINED_MS) alarms += 1;
      if (process === 'normal') last = readings.findLast((at) => at < t) ?? last;
    }
  }
  return alarms;
}
