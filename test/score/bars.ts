/** What the shipped settings must reach: the one list. Measures are those of score.mjs, or of the dataset's `own`. */
export type Bar = Readonly<{ measure: string; op: '>=' | '<='; limit: number; /** Printed, not demanded. */ isGoal?: boolean }>;

export const BARS = {
  'slope-century-mine': [
    { measure: 'found', op: '>=', limit: 1 },
    { measure: 'mostPerPrism', op: '<=', limit: 1 },
    { measure: 'failureForecasts40-1938', op: '<=', limit: 0 },
  ],
  'rain-landslide-mukilteo': [
    { measure: 'startsRight', op: '>=', limit: 24 },
    { measure: 'endsRight', op: '>=', limit: 22 },
    { measure: 'falseAlarms', op: '<=', limit: 1 },
    { measure: 'piezometerWorstM', op: '<=', limit: 0.001 },
  ],
  'groundwater-heads': [
    { measure: 'worstPerYear', op: '<=', limit: 1 },
    // The plain rule of the folder: 119, 61 and 13 alarms in all wells together, within 10 %.
    { measure: 'plain0.3m', op: '>=', limit: 108 },
    { measure: 'plain0.3m', op: '<=', limit: 130 },
    { measure: 'plain0.5m', op: '>=', limit: 55 },
    { measure: 'plain0.5m', op: '<=', limit: 67 },
    { measure: 'plain1m', op: '>=', limit: 12 },
    { measure: 'plain1m', op: '<=', limit: 14 },
  ],
  'methane-metec-2022': [
    { measure: 'found', op: '>=', limit: 17 },
    { measure: 'medianDelayMin', op: '<=', limit: 6.1 },
    { measure: 'falsePerDay', op: '<=', limit: 0.57 },
  ],
  'gas-meter-microleak': [
    { measure: 'f1', op: '>=', limit: 0.45 },
    { measure: 'farPct', op: '<=', limit: 7 },
  ],
  'process-petrobras-real': [
    { measure: 'fdr', op: '>=', limit: 0.778 },
    { measure: 'farPct', op: '<=', limit: 1.85 },
  ],
  'process-tennessee-eastman': [
    { measure: 'inTime', op: '>=', limit: 6 },
    { measure: 'falseAlarms', op: '<=', limit: 0 },
  ],
  'valve-skab': [
    { measure: 'f1', op: '>=', limit: 0.76 },
    { measure: 'farPct', op: '<=', limit: 1 },
    { measure: 'within60s', op: '>=', limit: 10 },
  ],
  'water-battledim-2019h1': [
    { measure: 'found', op: '>=', limit: 6 },
    // p523 p827 p514 p331 p142, each within 72 h.
    { measure: 'abruptCalled', op: '>=', limit: 5 },
    { measure: 'calls', op: '<=', limit: 9 },
  ],
  'bridge-munich-settlement': [
    { measure: 'found', op: '>=', limit: 2 },
    { measure: 'falseAlarms', op: '<=', limit: 0 },
  ],
  'benchmark-nab': [
    { measure: 'found', op: '>=', limit: 13 },
    { measure: 'pointsOutside', op: '<=', limit: 30 },
    { measure: 'cleanShapes', op: '<=', limit: 0 },
    { measure: 'standard', op: '>=', limit: 70.85, isGoal: true },
  ],
} as const satisfies Readonly<Record<string, readonly Bar[]>>;

export type DatasetName = keyof typeof BARS;
