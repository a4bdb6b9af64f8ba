import type { Verdict } from '@anlan/contracts';
import { numberOf, timeOf } from './folder.js';
import type { Dataset } from './dataset.js';
import { bundleOf, shipped } from './world.js';

const PRISMS = ['22-1917', '40-1938', '40-1980', '40-1981'] as const;
const STEPPED = '40-1938.disp';

/** Prisms on the wall of an open pit, read about daily, until days before it fails. */
export const slopeCenturyMine: Dataset = {
  name: 'slope-century-mine',
  bundle: () =>
    bundleOf({
      domain: 'tsf',
      devices: PRISMS.map((id) => ({
        id,
        intervalMs: 86_400_000,
        points: [{ id: `${id}.disp`, metric: 'tsf_bank_disp' }],
      })),
      rules: [shipped('tsf_bank_disp_accel', { id: 'accel', pointIds: PRISMS.map((id) => `${id}.disp`) })],
    }),
  *messages(folder) {
    for (const { prism = '', timestamp_local = '', displacement_mm } of folder.rows('prisms_daily.csv')) {
      yield { deviceId: prism, t: timeOf(timestamp_local), values: { tsf_bank_disp: numberOf(displacement_mm) } };
    }
  },
  series: (pointId) => pointId.replace('.disp', ''),
  own(_folder, _alarms, verdicts) {
    const ofStep = verdicts.filter(({ key }) => key.pointId === STEPPED);
    return {
      'failureForecasts40-1938': ofStep.filter(foretells).length,
      'stepTold40-1938': ofStep.filter(({ reason }) => reason.zh.includes('台阶')).length,
    };
  },
};

function foretells({ reason, evidence }: Verdict): boolean {
  const said = `${reason.zh} ${reason.en} ${JSON.stringify(evidence?.numbers)} ${JSON.stringify(evidence?.lines.map(({ name }) => name))}`;
  return /失稳|may fail|failure|inverse_velocity/.test(said);
}
