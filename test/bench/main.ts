import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ROOT } from '../rig/platform.js';
import { engineAddress } from '@anlan/testing';
import { anlanDistributed, anlanSystem } from './anlan-system.js';
import { backtestSpeed } from './backtest.js';
import { floorSystem } from './floor-system.js';
import { idle } from './idle.js';
import { kinds } from './kinds.js';
import { nodeRedSystem } from './node-red-system.js';
import { profileTable, profilesIn, sampling } from './profile.js';
import { rulesCore } from './rules-core.js';
import { startup } from './startup.js';
import type { StartSystem } from './system.js';
import { backtestTable, coreTable, idleTable, kindsTable, partsTable, startupTable, w1rTable, w1Table } from './table.js';
import { type W1Result, runW1 } from './w1.js';
import { w1r } from './w1r.js';

const { values } = parseArgs({
  options: {
    /** The distributed form beside standalone and the floor, on the engines of `npm run engines`. */
    distributed: { type: 'boolean', default: false },
    only: { type: 'string' },
    systems: { type: 'string' },
    rates: { type: 'string' },
    devices: { type: 'string', default: '500' },
    runs: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '20' },
    'node-red': { type: 'string' },
    /** A folder: the processes of the platform are sampled, and the table says where their time went. */
    profile: { type: 'string' },
    'json-rules-engine': { type: 'string' },
  },
});
const numbers = (list: string): readonly number[] => list.split(',').map(Number);
const chosen = values.distributed
  ? { only: 'idle,w1', systems: 'floor,anlan,anlan-distributed', rates: '1000,2000,5000' }
  : { only: 'w1,core,kinds,backtest,w1r,startup', systems: 'floor,node-red,anlan', rates: '2000,4000,8000' };
const only = (values.only ?? chosen.only).split(',');
const systemNames = (values.systems ?? chosen.systems).split(',');
const rates = numbers(values.rates ?? chosen.rates);
const wanted = (part: string): boolean => only.includes(part);
if ((wanted('idle') || systemNames.includes('anlan-distributed')) && engineAddress('kafka') === undefined) {
  process.stderr.write('The distributed form needs its engines: run `npm run engines` first.\n');
  process.exit(1);
}
if (values.profile !== undefined) sampling(values.profile);
const line = (result: object): void =>
  void process.stdout.write(`${JSON.stringify({ ...result, commit, node: process.version, cores: cpus().length })}\n`);
const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT }).stdout.toString().trim();

function systems(): readonly (readonly [string, StartSystem])[] {
  const dir = values['node-red'];
  const known: Readonly<Record<string, StartSystem>> = {
    floor: floorSystem,
    anlan: anlanSystem,
    'anlan-distributed': anlanDistributed,
    ...(dir !== undefined && { 'node-red': nodeRedSystem(dir) }),
  };
  return systemNames.flatMap((name) => (known[name] ? [[name, known[name]] as const] : []));
}

async function w1(): Promise<readonly W1Result[]> {
  const results: W1Result[] = [];
  for (const run of numbers(values.runs)) {
    for (const rate of rates) {
      for (const [name, start] of systems()) {
        process.stderr.write(`W1 ${name}, ${rate}/s, breaches in runs of ${run} …\n`);
        const result = await runW1(start, { devices: Number(values.devices), rate, run, seconds: Number(values.seconds) });
        line(result);
        results.push(result);
      }
    }
  }
  return results;
}

const tables: string[] = [
  `${new Date().toISOString()}  ${cpus()[0]?.model ?? ''} x ${cpus().length}, Node ${process.version}, load before ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`,
];
if (wanted('core')) {
  const core = await rulesCore();
  line({ case: 'rules-core', ...core });
  tables.push(coreTable(core));
}
if (wanted('kinds')) {
  const result = kinds();
  line({ case: 'kinds', ...result });
  tables.push(kindsTable(result));
}
if (wanted('backtest')) {
  const result = backtestSpeed();
  line({ case: 'backtest', ...result });
  tables.push(backtestTable(result));
}
if (wanted('w1r')) {
  const result = await w1r(values['json-rules-engine']);
  line({ case: 'w1r', ...result });
  tables.push(w1rTable(result));
}
if (wanted('startup')) {
  const result = await startup();
  line(result);
  tables.push(startupTable(result));
}
if (wanted('idle')) {
  const result = await idle();
  line(result);
  tables.push(idleTable(result));
}
if (wanted('w1')) {
  const results = await w1();
  tables.push(w1Table(results));
  const ofManyProcesses = results.filter(({ parts }) => Object.keys(parts).length > 2);
  if (ofManyProcesses.length > 0) tables.push(partsTable(ofManyProcesses));
  const threads = values.profile === undefined ? [] : profilesIn(values.profile);
  if (threads.length > 0) tables.push(...results.map((result) => profileTable(result, threads)));
  if (values['node-red'] === undefined && systemNames.includes('node-red'))
    tables.push('Node-RED was not measured: give --node-red DIR after `npm i --prefix DIR --ignore-scripts node-red@4.1.15`');
}
process.stdout.write(`\n${tables.join('\n\n')}\n`);
process.exit(0);
