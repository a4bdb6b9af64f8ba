/**
 * Weighted mean and variance that forget: a running mean until `cap` of weight is reached, an exponential one from then on.
 * Welford 1962, with weights after West 1979; the variance is about the moving centre, so there are no large squares to subtract.
 */

/** Cells of three numbers each: weight, centre, mean square deviation. Plain numbers in one array, so that hundreds of cells stay small when saved. */
export type Cells = number[];
const WIDTH = 3;
/** A value farther from the centre than so many deviations counts as this far. */
const CLIP = 4;

export type Lesson = {
  v: number;
  /** What this value weighs. */
  weight: number;
  /** Where the running mean becomes an exponential one. */
  cap: number;
  /** Least weight by which it is known what is far off: nothing is clipped before. */
  known: number;
};

export function newCells(count: number): Cells {
  return new Array<number>(count * WIDTH).fill(0);
}

export function weightOf(cells: Cells, cell: number): number {
  return cells[cell * WIDTH] ?? 0;
}

export function centreOf(cells: Cells, cell: number): number {
  return cells[cell * WIDTH + 1] ?? 0;
}

/** Mean square deviation from the centre. */
export function spreadOf(cells: Cells, cell: number): number {
  return cells[cell * WIDTH + 2] ?? 0;
}

/** Lets cell number `cell` learn a value. */
export function absorb(cells: Cells, cell: number, { v, weight, cap, known }: Readonly<Lesson>): void {
  const at = cell * WIDTH;
  const had = cells[at] ?? 0;
  if (had === 0) {
    cells[at] = weight;
    cells[at + 1] = v;
    return;
  }
  const total = Math.min(had + weight, cap);
  const share = Math.min(1, weight / total);
  const centre = cells[at + 1] ?? 0;
  const spread = cells[at + 2] ?? 0;
  let off = v - centre;
  // A past without any variation has no scale to tell by.
  if (had >= known && spread > 0) {
    const most = CLIP * Math.sqrt(spread);
    off = Math.max(-most, Math.min(most, off));
  }
  cells[at] = total;
  cells[at + 1] = centre + share * off;
  cells[at + 2] = (1 - share) * (spread + share * off * off);
}
