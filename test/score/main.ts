/**
 * `npm run score [-- --only a,b] [--alarms]`: the shipped settings on the real data, in virtual time, beside the reference rules and three
 * trivial systems. Ends with 1 when a bar is missed. How a dataset is added: README.md.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BARS, type DatasetName } from './bars.js';
import { DATASETS } from './datasets.js';
import { alwaysOn, clock, detectionsOf, raisesOf } from './detections.js';
import { dataFolder, folderAt } from './folder.js';
import { judged, scored, type Measures } from './judge.js';
import { replay } from './replay.js';
import { tableText } from './table.js';

const DAY_MS = 86_400_000;
const { values: options } = parseArgs({ options: { only: { type: 'string' }, alarms: { type: 'boolean', default: false } } });
const data = dataFolder(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
if (data === undefined) {
  console.error('!! NOT SCORED: the real data is not here. Set ANLAN_SHARED_DATA to its folder (or put it at ../shared/data).');
  process.exit(process.env['ANLAN_SHARED_DATA'] === undefined ? 0 : 1);
}

const names = (Object.keys(BARS) as DatasetName[]).filter((name) => options.only === undefined || options.only.split(',').includes(name));
let missed = 0;
for (const name of names) missed += await score(name, data);
console.log(missed === 0 ? 'every bar is met' : `${missed} bars MISSED`);
process.exit(missed === 0 ? 0 : 1);

/** Scores one dataset and prints its table. Returns how many bars it missed. */
async function score(name: DatasetName, place: string): Promise<number> {
  const dataset = DATASETS[name];
  if (!dataset) {
    console.log(`\n${name}: not built, ${BARS[name].length} bars MISSED`);
    return BARS[name].length;
  }
  const folder = folderAt(join(place, name));
  const { alarms, verdicts: told, outcome, refused, times, seconds } = await replay(dataset, folder);
  const of = (lines: Parameters<typeof scored>[2]): ReturnType<typeof scored> => scored(place, [name], lines);
  const ours = of(dataset.raises === 'every' ? raisesOf(name, alarms) : detectionsOf(name, alarms, times)).get(name);
  if (!ours) throw new Error(`score.mjs says nothing of ${name}`);
  const measures: Measures = { ...ours.measures, ...dataset.own?.(folder, alarms, told) };
  const verdicts = judged(name, measures);
  const beside = [alwaysOn(name, times), [], clock(name, times, dataset.clockMs ?? DAY_MS)].map(
    (lines) => of(lines).get(name)?.measures ?? {},
  );
  console.log(tableText({ name, measures, verdicts, reference: ours.reference, beside }));
  const strange = [...refused].map(([code, count]) => `${count} ${code}`).join(', ');
  console.log(`  ${outcome.readings} readings in ${seconds.toFixed(1)} s, ${alarms.length} alarms${strange && `, refused: ${strange}`}`);
  if (options.alarms) {
    for (const { series, ruleId, level, from, to, reason } of alarms)
      console.log(
        `  ${series}  ${ruleId}  ${level}  ${new Date(from).toISOString()} – ${to === null ? '' : new Date(to).toISOString()}  ${reason}`,
      );
  }
  return verdicts.filter(({ bar, isMet }) => !bar.isGoal && !isMet).length;
}
