import type { DatasetName } from './bars.js';
import { benchmarkNab } from './benchmark-nab.js';
import { bridgeMunich } from './bridge-munich.js';
import type { Dataset } from './dataset.js';
import { gasMeterMicroleak } from './gas-meter-microleak.js';
import { groundwaterHeads } from './groundwater-heads.js';
import { rainLandslideMukilteo } from './rain-landslide-mukilteo.js';
import { methaneMetec } from './methane-metec.js';
import { processPetrobras } from './process-petrobras.js';
import { processTennesseeEastman } from './process-tennessee-eastman.js';
import { slopeCenturyMine } from './slope-century-mine.js';
import { valveSkab } from './valve-skab.js';
import { waterBattledim } from './water-battledim.js';

/** Every dataset that is built, by its folder. */
export const DATASETS: Readonly<Partial<Record<DatasetName, Dataset>>> = {
  'bridge-munich-settlement': bridgeMunich,
  'gas-meter-microleak': gasMeterMicroleak,
  'groundwater-heads': groundwaterHeads,
  'rain-landslide-mukilteo': rainLandslideMukilteo,
  'methane-metec-2022': methaneMetec,
  'process-petrobras-real': processPetrobras,
  'process-tennessee-eastman': processTennesseeEastman,
  'slope-century-mine': slopeCenturyMine,
  'valve-skab': valveSkab,
  'water-battledim-2019h1': waterBattledim,
  'benchmark-nab': benchmarkNab,
};
