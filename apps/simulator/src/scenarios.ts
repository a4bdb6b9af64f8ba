import type { AlarmLevel } from '@anlan/contracts';
import type { Effect, Scenario } from './scenario.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Course = Readonly<{ rise: number; hold: number; fall: number; flutter?: number }>;
/** A swell with its times in seconds. */
function swell(metric: string, toward: 'high' | 'low', level: AlarmLevel, { rise, hold, fall, flutter = 0 }: Course): Effect {
  return { kind: 'swell', metric, toward, level, riseMs: rise * SECOND, holdMs: hold * SECOND, fallMs: fall * SECOND, flutter };
}

const wellMethane = swell('uspace_ch4_vol', 'high', 'red', { rise: 150, hold: 45, fall: 60, flutter: 0.08 });
const wellSeep = swell('uspace_ch4_vol', 'high', 'yellow', { rise: 60, hold: 60, fall: 40, flutter: 0.1 });
const tankOverfill = swell('haz_tank_level', 'high', 'orange', { rise: 110, hold: 40, fall: 80 });
const phreaticRise = swell('tsf_phreatic_depth', 'low', 'orange', { rise: 140, hold: 60, fall: 100 });
const ammoniaPuff = swell('haz_nh3', 'high', 'yellow', { rise: 40, hold: 50, fall: 40, flutter: 0.1 });
const benzenePuff = swell('haz_benzene', 'high', 'blue', { rise: 40, hold: 60, fall: 40, flutter: 0.05 });
const pressureDip = swell('gas_regulator_outlet_pressure', 'low', 'yellow', { rise: 30, hold: 110, fall: 30 });
const muddySeepage = swell('tsf_seepage_turbidity', 'high', 'yellow', { rise: 50, hold: 45, fall: 35, flutter: 0.02 });
const wellGas = swell('uspace_h2s', 'high', 'orange', { rise: 80, hold: 50, fall: 50, flutter: 0.05 });
/** Slow enough that a forecast sees it coming long before a limit is passed. */
const slowFill = swell('haz_tank_level', 'high', 'yellow', { rise: 1500, hold: 60, fall: 300 });
const slowPhreatic = swell('tsf_phreatic_depth', 'low', 'yellow', { rise: 1800, hold: 120, fall: 600 });

/** Stories that `npx anlan simulate` knows. Rates and shapes are made up, after incidents in the public record. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'quiet', zh: '平稳运行，无事件', en: 'Day curves and noise, no incident', incidents: [] },
  {
    name: 'well-methane',
    zh: '燃气泄漏在相邻井内积聚，蓝→红，随后恢复',
    en: 'Methane fills a well beside a leaking pipe: blue to red, then it recovers',
    incidents: [
      { atMs: 10 * SECOND, pick: 0, effect: wellMethane },
      { atMs: 60 * SECOND, pick: 1, effect: wellSeep },
    ],
  },
  {
    name: 'tank-overfill',
    zh: '储罐进料越过高液位与高高液位',
    en: 'A tank is filled past H and HH',
    incidents: [{ atMs: 10 * SECOND, pick: 0, effect: tankOverfill }],
  },
  {
    name: 'tank-slow-fill',
    zh: '储罐缓慢进料：趋势预测先于高液位报警',
    en: 'A tank fills slowly: the forecast speaks before the limit is passed',
    incidents: [{ atMs: 10 * SECOND, pick: 0, effect: slowFill }],
  },
  {
    name: 'well-neighbours',
    zh: '相邻两井甲烷先后升高：表决升级',
    en: 'Methane rises in two neighbouring wells, one after the other: together they are graver',
    incidents: [
      { atMs: 10 * SECOND, pick: 0, effect: wellSeep },
      { atMs: 50 * SECOND, pick: 0, effect: wellSeep, beside: true },
    ],
  },
  {
    name: 'slope-creep',
    zh: '坝体位移 40 天来加速，约两天后失稳',
    en: 'A displacement of the dam has crept ever faster for 40 days and would fail in two: the device sends its history first',
    history: { metric: 'tsf_disp_h', devices: 1, spanMs: 40 * DAY, everyMs: HOUR },
    incidents: [
      { atMs: -40 * DAY, pick: 0, effect: { kind: 'creep', metric: 'tsf_disp_h', perDay: 0.3, failInMs: 42 * DAY, forMs: 41.5 * DAY } },
    ],
  },
  {
    name: 'phreatic-rise',
    zh: '尾矿库浸润线抬升至控制值附近',
    en: 'The phreatic line of a tailings dam rises towards its control depth',
    incidents: [{ atMs: 10 * SECOND, pick: 0, effect: phreaticRise }],
  },
  {
    name: 'sensor-stuck',
    zh: '传感器卡死，读数不变',
    en: 'A sensor repeats the same value',
    incidents: [{ atMs: 10 * SECOND, pick: 0, effect: { kind: 'stuck', metric: 'uspace_ch4_vol', forMs: 8 * MINUTE } }],
  },
  {
    name: 'device-silent',
    zh: '设备失联后恢复',
    en: 'A device falls silent and comes back',
    incidents: [{ atMs: 20 * SECOND, pick: 0, effect: { kind: 'silent', metric: 'uspace_ch4_vol', forMs: 3 * MINUTE } }],
  },
  {
    name: 'outage-backfill',
    zh: '断网 3 小时后恢复，集中补传历史数据',
    en: 'After an outage of 3 hours that ends now, 40 devices send what they kept: one episode that is over, one that still stands',
    history: { metric: 'uspace_ch4_vol', devices: 40, spanMs: 3 * HOUR, everyMs: MINUTE },
    incidents: [
      { atMs: -150 * MINUTE, pick: 0, effect: swell('uspace_ch4_vol', 'high', 'orange', { rise: 900, hold: 1200, fall: 900 }) },
      { atMs: -40 * MINUTE, pick: 1, effect: swell('uspace_ch4_vol', 'high', 'yellow', { rise: 600, hold: 2000, fall: 120 }) },
    ],
  },
  {
    name: 'demo',
    zh: '演示：十分钟内出现四色报警，此后每隔几分钟一次事件',
    en: 'The demo: all four colours within ten minutes, then an incident every few minutes',
    incidents: [
      { atMs: 8 * SECOND, pick: 0, effect: wellMethane },
      { atMs: 40 * SECOND, pick: 9, effect: { kind: 'stuck', metric: 'uspace_ch4_vol', forMs: 8 * MINUTE } },
      { atMs: 15 * SECOND, pick: 5, effect: slowFill },
      { atMs: 30 * SECOND, pick: 3, effect: slowPhreatic },
      { atMs: 90 * SECOND, pick: 0, effect: wellSeep, beside: true },
      { atMs: 90 * SECOND, pick: 0, effect: tankOverfill },
      { atMs: 150 * SECOND, pick: 17, effect: { kind: 'silent', metric: 'uspace_ch4_vol', forMs: 3 * MINUTE } },
      { atMs: 200 * SECOND, pick: 0, effect: ammoniaPuff },
      { atMs: 260 * SECOND, pick: 0, effect: phreaticRise },
      { atMs: 360 * SECOND, pick: 3, effect: pressureDip },
      { atMs: 450 * SECOND, pick: 0, effect: benzenePuff },
      { atMs: 515 * SECOND, pick: 1, effect: muddySeepage },
    ],
    endless: {
      fromMs: 11 * MINUTE,
      everyMs: 200 * SECOND,
      effects: [wellSeep, tankOverfill, ammoniaPuff, phreaticRise, pressureDip, benzenePuff, muddySeepage, wellGas, wellMethane],
    },
  },
];

export function scenarioNamed(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name);
}
