import type { Row } from './folder.js';
import type { Dataset, Message } from './dataset.js';
import { bundleOf, shipped } from './world.js';

const RUNS = ['00', '01', '02', '04', '06', '08', '12', '13'] as const;
const MINUTE_MS = 60_000;
const STEP_MINUTES = 3;
const TRAINING = 'normal_training_3min.csv.gz';
const NOT_A_VARIABLE: readonly string[] = ['fault', 'minute'];

/** A chemical plant, simulated. Every run is a plant of its own that has first seen the normal stretch; minute 0 of the run is 1970-01-01. */
export const processTennesseeEastman: Dataset = {
  name: 'process-tennessee-eastman',
  bundle: (folder) => {
    const names = variables(folder.rows(TRAINING)[0] ?? {});
    const devices = RUNS.map((run) => ({
      id: `run${run}`,
      intervalMs: STEP_MINUTES * MINUTE_MS,
      points: names.map((name) => ({ id: `${run}.${name}`, metric: name.toLowerCase() })),
    }));
    return bundleOf({
      domain: 'haz',
      devices,
      metrics: names.map((name) => ({ code: name.toLowerCase(), name, unit: '–' })),
      rules: [shipped('haz_process_usual', { id: 'usual', pointIds: devices.flatMap(({ points }) => points.map(({ id }) => id)) })],
    });
  },
  *messages(folder): Iterable<Message> {
    const training = folder.rows(TRAINING);
    for (const run of RUNS) {
      for (const [i, row] of training.entries()) yield messageOf(run, (i - training.length) * STEP_MINUTES, row);
    }
    for (const row of folder.rows('test_runs_3min.csv.gz')) yield messageOf(row['fault'] ?? '', Number(row['minute']), row);
  },
  series: (pointId) => pointId.slice(0, 2),
  shiftMs: Date.UTC(2020, 0, 1),
};

function variables(row: Row): readonly string[] {
  return Object.keys(row).filter((name) => !NOT_A_VARIABLE.includes(name));
}

function messageOf(run: string, minute: number, row: Row): Message {
  const values = Object.fromEntries(variables(row).map((name) => [name.toLowerCase(), Number(row[name])]));
  return { deviceId: `run${run}`, t: minute * MINUTE_MS, values };
}
