import type { Limits } from './limits.js';
import type { Signal } from './signal.js';

type Shape = Readonly<{ base?: number; day?: number; peakHour?: number; white?: number; wander?: number; digits?: number }>;

/** Usual values by metric; without `base` they follow from the limits of the point. Realistic, not measured. */
const SHAPES: Readonly<Record<string, Shape>> = {
  gas_pipe_pressure: { base: 296, day: 4, peakHour: 3, white: 0.6, wander: 1, digits: 1 },
  gas_regulator_inlet_pressure: { base: 780, day: 12, peakHour: 3, white: 2, wander: 4, digits: 1 },
  gas_regulator_outlet_pressure: { base: 300, day: 1.5, peakHour: 3, white: 0.6, wander: 1, digits: 1 },
  gas_filter_dp: { base: 8, day: 1, peakHour: 19, white: 0.15, wander: 0.3, digits: 2 },
  gas_flow_rate: { base: 4200, day: 1500, peakHour: 19, white: 40, wander: 80, digits: 0 },
  gas_temp: { base: 16, day: 3, peakHour: 15, white: 0.1, wander: 0.3, digits: 1 },
  gas_lel: { base: 1.2, white: 0.2, wander: 0.2, digits: 1 },
  gas_openpath: { base: 0.03, white: 0.005, wander: 0.004, digits: 3 },
  gas_odorant: { base: 26, white: 0.3, wander: 0.6, digits: 1 },
  dev_battery_v: { base: 3.56, white: 0.008, wander: 0.01, digits: 3 },
  dev_rsrp: { base: -92, white: 2, wander: 3, digits: 0 },
  uspace_ch4_vol: { base: 0.12, day: 0.02, peakHour: 15, white: 0.012, wander: 0.015, digits: 3 },
  uspace_h2s: { base: 0.9, day: 0.1, peakHour: 15, white: 0.08, wander: 0.1, digits: 2 },
  uspace_o2: { base: 20.8, white: 0.04, wander: 0.05, digits: 2 },
  uspace_temp: { base: 17, day: 1, peakHour: 15, white: 0.05, wander: 0.2, digits: 2 },
  uspace_water_level: { base: 0.16, white: 0.004, wander: 0.02, digits: 3 },
  haz_tank_level: { day: 0.1, peakHour: 10, white: 0.003, wander: 0.05, digits: 3 },
  haz_tank_temp: { base: 24, day: 4, peakHour: 15, white: 0.05, wander: 0.2, digits: 2 },
  haz_lel: { base: 1.1, white: 0.2, wander: 0.2, digits: 1 },
  haz_nh3: { base: 1.6, white: 0.2, wander: 0.3, digits: 2 },
  haz_benzene: { base: 0.3, white: 0.03, wander: 0.04, digits: 3 },
  haz_wind_speed: { base: 3.2, day: 0.8, peakHour: 14, white: 0.4, wander: 0.6, digits: 1 },
  haz_amb_temp: { base: 18, day: 6, peakHour: 15, white: 0.1, wander: 0.4, digits: 1 },
  haz_humidity: { base: 66, day: 12, peakHour: 4, white: 0.6, wander: 1.5, digits: 1 },
  tsf_disp_e: { base: 6, white: 0.8, wander: 0.6, digits: 1 },
  tsf_disp_n: { base: -4, white: 0.8, wander: 0.6, digits: 1 },
  tsf_disp_u: { base: -9, white: 1.4, wander: 0.8, digits: 1 },
  tsf_disp_h: { base: 7.2, white: 0.8, wander: 0.6, digits: 1 },
  tsf_bank_disp: { base: 18, white: 0.8, wander: 0.6, digits: 1 },
  tsf_pore_pressure: { base: 84, white: 0.2, wander: 0.6, digits: 2 },
  tsf_pool_level: { white: 0.003, wander: 0.01, digits: 3 },
  tsf_seepage_flow: { base: 12, day: 0.3, peakHour: 6, white: 0.1, wander: 0.3, digits: 2 },
  tsf_rain_5min: { base: 0, digits: 1 },
  tsf_rain_1h: { base: 0, digits: 1 },
  tsf_rain_24h: { base: 0, digits: 1 },
  tsf_drain_well_tilt: { base: 0.06, white: 0.01, wander: 0.01, digits: 3 },
};

type Range = Readonly<{ min?: number | undefined; max?: number | undefined }>;

/** The quiet signal of a point: from the table, kept well clear of its limits. A metric nobody has described stands in the middle of its range. */
export function quietSignal(metric: string, limits: Limits, range: Range): Signal {
  const shape = SHAPES[metric] ?? {};
  const derived = clearOf(limits);
  const base = shape.base !== undefined && isClear(shape.base, limits) ? shape.base : (derived ?? shape.base ?? middleOf(range));
  const scale = Math.abs(base) * 0.01;
  return {
    base,
    day: shape.day ?? 0,
    peakHour: shape.peakHour ?? 15,
    white: shape.white ?? scale * 0.3,
    wander: shape.wander ?? scale,
    driftPerDay: 0,
    digits: shape.digits ?? 3,
    min: range.min ?? -Number.MAX_VALUE,
    max: range.max ?? Number.MAX_VALUE,
  };
}

const ends = (values: readonly number[]): readonly [first: number, last: number] | undefined => {
  const [first, last] = [values[0], values.at(-1)];
  return first === undefined || last === undefined ? undefined : [first, last];
};

/** A value from which every limit is far: two ladders' heights away, or 45 % of the mildest limit, whichever is nearer to it. */
function clearOf({ high, low }: Limits): number | undefined {
  const [above, below] = [ends(high.map(([, at]) => at)), ends(low.map(([, at]) => at))];
  if (above && below && above[0] - below[0] < Math.abs(above[0]) * 0.3) return (above[0] + below[0]) / 2;
  if (above) return Math.max(above[0] - 2 * (above[1] - above[0]), above[0] * 0.55);
  if (below) return Math.min(below[0] + 2 * (below[0] - below[1]), below[0] * 1.4);
  return undefined;
}

function isClear(value: number, { high, low }: Limits): boolean {
  return high.every(([, at]) => value < at) && low.every(([, at]) => value > at);
}

function middleOf({ min, max }: Range): number {
  return min === undefined || max === undefined ? (min ?? max ?? 1) : (min + max) / 2;
}
