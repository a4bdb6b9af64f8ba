import { timeOf } from './folder.js';
import type { Dataset, Message } from './dataset.js';
import { bundleOf, shipped, shippedPoint } from './world.js';

const DEVICE = 'refinery';

/** A refinery with one fault: tag100 leaves what tag102 explains of it. Texts in place of values go in as they stand. */
export const processPetrobras: Dataset = {
  name: 'process-petrobras-real',
  bundle: (folder) => {
    const tags = tagsOf(folder.rows('process_5min.csv.gz')[0] ?? {});
    const refs = { watched: `${DEVICE}.tag100`, other: `${DEVICE}.tag102` };
    const residual = shippedPoint('haz_process_residual', { id: `${DEVICE}.residual`, deviceId: DEVICE, refs });
    return bundleOf({
      domain: 'haz',
      devices: [{ id: DEVICE, intervalMs: 300_000, points: [...tags.map((tag) => ({ id: `${DEVICE}.${tag}`, metric: tag })), residual] }],
      metrics: tags.map((tag) => ({ code: tag, name: tag, unit: '–' })),
      rules: [shipped('haz_process_residual_usual', { id: 'residual', pointIds: [residual.id] })],
    });
  },
  *messages(folder): Iterable<Message> {
    for (const { timestamp = '', ...row } of folder.rows('process_5min.csv.gz')) {
      const values = Object.fromEntries(Object.entries(row).map(([tag, text]) => [tag, valueOf(text)]));
      yield { deviceId: DEVICE, t: timeOf(timestamp), values };
    }
  },
  series: (pointId) => (pointId === `${DEVICE}.residual` || pointId === `${DEVICE}.tag100` ? 'tag100' : undefined),
};

function tagsOf({ timestamp: _timestamp, ...row }: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(row);
}

/** A number as a number, anything else as the historian wrote it. */
function valueOf(text: string): number | string {
  const v = Number(text);
  return text !== '' && Number.isFinite(v) ? v : text;
}
