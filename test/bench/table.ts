import type { BacktestSpeed } from './backtest.js';
import type { Idle } from './idle.js';
import type { Kinds } from './kinds.js';
import type { RulesCore } from './rules-core.js';
import type { Startup } from './startup.js';
import type { W1Result } from './w1.js';
import type { W1r } from './w1r.js';

type Cell = string | number;

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly Cell[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  return rows.map((row) => row.map((cell, column) => String(cell).padStart(widths[column] ?? 0)).join('  ')).join('\n');
}

const W1_HEAD = [
  'system',
  'rate',
  'run',
  'acked/s',
  'lost',
  'PUBACK p50',
  'p95',
  'p99',
  'max',
  'alarm p50',
  'p95',
  'p99',
  'max',
  'alerts',
  'drain ms',
  'CPU s',
  'ms/msg',
  'main',
  'x floor',
  'RSS MB',
  'load1',
  'stolen %',
  'sustained',
];

/** `x floor`: CPU a message against the floor at the same rate. */
export function w1Table(results: readonly W1Result[]): string {
  const floorAt = ({ rate, run }: W1Result): number | undefined =>
    results.find((other) => other.system === 'floor' && other.rate === rate && other.run === run)?.cpuMsPerMessage;
  const rows = results.map((result) => {
    const { pubackMs: puback, alarmMs: alarm } = result;
    const floor = floorAt(result);
    return [
      result.system,
      result.rate,
      result.run,
      result.ackedPerSecond,
      result.lost,
      puback.p50,
      puback.p95,
      puback.p99,
      puback.max,
      alarm.p50,
      alarm.p95,
      alarm.p99,
      alarm.max,
      `${result.alerts}/${result.alertsDue}`,
      result.drainMs,
      result.cpuSeconds,
      result.cpuMsPerMessage,
      result.mainCpuMsPerMessage,
      floor ? (result.cpuMsPerMessage / floor).toFixed(1) : '-',
      result.peakRssMb,
      result.load1,
      result.stolen,
      result.sustained ? 'yes' : 'NO',
    ];
  });
  return table([W1_HEAD, ...rows]);
}

/** Processor time a message of every process, ms: what the machine is full of. */
export function partsTable(results: readonly W1Result[]): string {
  const names = [...new Set(results.flatMap(({ parts }) => Object.keys(parts)))];
  const cores = ({ rate, parts }: W1Result): string => (Object.values(parts).reduce((sum, ms) => sum + ms, 0) * (rate / 1_000)).toFixed(2);
  return table([
    ['ms/msg', 'rate', ...names, 'cores in all'],
    ...results.map((result) => [result.system, result.rate, ...names.map((name) => result.parts[name] ?? '-'), cores(result)]),
  ]);
}

const CORE_HEAD = [
  'points',
  'steps/s',
  'floor',
  'engine readings/s',
  'floor',
  'bytes/state',
  'idle tick µs',
  'look at all ms',
  'all silent ms',
];

export function coreTable({ bytesPerStateOfFive, sizes }: RulesCore): string {
  const rows = sizes.map((size) => [
    size.points,
    size.stepsPerSecond,
    size.floorPerSecond,
    size.engineReadingsPerSecond,
    size.engineFloorPerSecond,
    size.bytesPerState,
    size.idleTickUs,
    size.lookTickMs,
    size.silentTickMs,
  ]);
  return `${table([CORE_HEAD, ...rows])}\nbytes/state with five states a point: ${bytesPerStateOfFive}`;
}

/** Readings a second with one rule of a kind, rules a second with one of each, and what states cost. */
export function kindsTable({ alone, mix, mixBytesSaved, restarts, million }: Kinds): string {
  const names = Object.entries(alone);
  const rates = table([
    [
      'readings/s, one rule a point',
      ...names.map(([kind]) => kind),
      'all eight: rules/s',
      'told per 1000',
      'quiet points',
      'told per 1000',
    ],
    [
      '',
      ...names.map(([, rate]) => rate),
      ...[mix.drifting, mix.quiet].flatMap(({ rulesPerSecond, toldPer1000 }) => [rulesPerSecond, toldPer1000]),
    ],
  ]);
  const taken = table([
    ['restart with', 'states', 'saved MB', 'taken up in ms'],
    ...restarts.map(({ what, states, savedMb, restoreMs }) => [what, states, savedMb, restoreMs]),
  ]);
  return `${rates}\nsaved text of a point with one state of each kind: ${mixBytesSaved} bytes\n${taken}\n${million.states} states of thresholds and health: ${million.heapMb} MB held, RSS +${million.rssMb} MB`;
}

/** A back-test of a threshold rule. */
export function backtestTable({ quietPerSecond, stormyPerSecond }: BacktestSpeed): string {
  const million = (perSecond: number): string => `${(perSecond / 1e6).toFixed(2)} M/s`;
  return `Back-test of a threshold rule over 100 points, one core: quiet ${million(quietPerSecond)}, with storms ${million(stormyPerSecond)}`;
}

export function w1rTable({ rules, anlanPerSecond, jsonRulesEnginePerSecond, shareAt500 }: W1r): string {
  const peer = jsonRulesEnginePerSecond;
  return table([
    ['W1r', 'rules', 'anlan messages/s', 'rules/s', 'of a core at 500/s', 'json-rules-engine messages/s', 'times'],
    [
      '',
      rules,
      anlanPerSecond,
      anlanPerSecond * rules,
      `${(shareAt500 * 100).toFixed(1)} %`,
      peer ?? 'not measured',
      peer === undefined ? '-' : (anlanPerSecond / peer).toFixed(0),
    ],
  ]);
}

export function startupTable(result: Startup): string {
  return table([
    ['ready ms', 'first alarm ms', 'RSS MB after 60 s', 'peak', 'SIGTERM ms', 'ready again ms'],
    [result.readyMs, result.firstAlarmMs ?? 'none', result.rssAfter60sMb, result.peakRssMb, result.stopMs, result.restartReadyMs],
  ]);
}

/** CPU in ms a second of each process with nothing to do. */
export function idleTable({ cpuMsPerSecond, rssMb }: Idle): string {
  const names = Object.keys(cpuMsPerSecond);
  return table([
    ['idle', ...names],
    ['CPU ms/s', ...names.map((name) => cpuMsPerSecond[name] ?? '-')],
    ['RSS MB', ...names.map((name) => rssMb[name] ?? '-')],
  ]);
}
