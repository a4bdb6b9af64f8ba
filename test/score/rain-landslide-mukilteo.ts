import type { DerivedNode } from '@anlan/contracts';
import type { Dataset, Message } from './dataset.js';
import { numberOf, timeOf, type Folder } from './folder.js';
import { valuesOf } from './formula-rows.js';
import { bundleOf, shipped, shippedPoint } from './world.js';

const MM_PER_INCH = 25.4;
const HOUR_MS = 3_600_000;
const STATIONS = ['KSEA', 'KPAE', 'KBFI', 'KTIW'];

/** Rain gauges under the published rule of the region, as one derived point and one threshold each. */
export const rainLandslideMukilteo: Dataset = {
  name: 'rain-landslide-mukilteo',
  bundle: () =>
    bundleOf({
      domain: 'tsf',
      devices: STATIONS.map((id) => ({
        id,
        intervalMs: HOUR_MS,
        points: [
          { id: `${id}.rain`, metric: 'tsf_rain_1h' },
          shippedPoint('tsf_rain_excess_seattle', { id: `${id}.excess`, deviceId: id, refs: { tsf_rain_1h: `${id}.rain` } }),
        ],
      })),
      rules: [shipped('tsf_rain_excess', { id: 'excess', pointIds: STATIONS.map((id) => `${id}.excess`) })],
    }),
  *messages(folder): Iterable<Message> {
    for (const { station = '', hour_end_local = '', rain_in } of folder.rows('rain_hourly.csv.gz'))
      yield { deviceId: station, t: timeOf(hour_end_local), values: { tsf_rain_1h: numberOf(rain_in) * MM_PER_INCH } };
  },
  series: (pointId) => pointId.split('.')[0],
  own: (folder) => ({ piezometerWorstM: worstPiezometer(folder) }),
};

/** Of one vibrating-wire piezometer: A f² + B f + C, slope and shift of the correction for temperature in psi, offsets of temperature and level. */
type Wire = Readonly<{
  n: 1 | 2;
  square: number;
  linear: number;
  constant: number;
  slope: number;
  shift: number;
  warmer: number;
  higher: number;
}>;
const WIRES: readonly Wire[] = [
  { n: 1, square: -0.000_095_792, linear: -0.002_326, constant: 828.53, slope: 0.038, shift: -0.762, warmer: 0.3, higher: 0.1 },
  { n: 2, square: -0.000_101_71, linear: 0.016_517, constant: 772.93, slope: 0.0208, shift: -0.414, warmer: 0.1, higher: -0.2 },
];
const KPA_PER_PSI = 6.894_757_29;
const M_PER_KPA = 0.101_997_733_4;
const CALIBRATED_AT = 20.2;
const SEA_LEVEL_KPA = 101.3;
/** The barometer of the other station: kPa of its raw value. */
const BARO_KPA = { times: 0.024, plus: 50 } as const;

/** The conversion as a formula of the product: frequency, thermistor and the barometer of another device, one linear mix. */
function levelOf({ square, linear, constant, slope, shift, warmer, higher }: Wire): DerivedNode {
  const perCelsius = -slope * KPA_PER_PSI;
  return {
    op: 'mix',
    of: [
      { op: 'polynomial', of: { op: 'last', point: 'freq' }, coefficients: [constant, linear, square] },
      { op: 'steinhartHart', of: { op: 'last', point: 'therm' }, a: 1.4051e-3, b: 2.369e-4, c: 1.019e-7 },
      { op: 'last', point: 'baro' },
    ],
    times: [M_PER_KPA, perCelsius * M_PER_KPA, -BARO_KPA.times * M_PER_KPA],
    plus: M_PER_KPA * (perCelsius * (warmer - CALIBRATED_AT) + shift * KPA_PER_PSI - BARO_KPA.plus + SEA_LEVEL_KPA) + higher,
  };
}

/** Farthest that the converted level of any row lies from the one in the file, in m. */
function worstPiezometer(folder: Folder): number {
  const rows = folder.rows('instruments_mvd116_15min.csv.gz');
  const off = WIRES.flatMap((wire) => {
    const inputs = rows.map((row) => ({
      t: timeOf(row['timestamp_local'] ?? ''),
      values: {
        freq: numberOf(row[`vw${wire.n}_freq_raw`]),
        therm: numberOf(row[`vw${wire.n}_therm_ohm`]),
        baro: numberOf(row['baro_raw']),
      },
    }));
    const levels = valuesOf({ value: levelOf(wire), on: 'freq' }, inputs, 15 * 60_000);
    return rows.map((row, i) => Math.abs((levels[i] ?? Infinity) - numberOf(row[`vw${wire.n}_level_m`])));
  });
  return Math.max(...off);
}
