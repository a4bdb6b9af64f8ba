/** Least squares of y on up to four x, one sample at a time, with centred sums (West 1979) and, if wanted, exponential forgetting in time. O(k³) a sample. */
import type { Millis } from '@anlan/contracts';

/** `learnMs`: learns that long from the first sample, then never again. `forgetMs`: learns always, old samples fade with this time constant. */
export type FitTerms = Readonly<{ count: number; learnMs?: Millis; forgetMs?: Millis }>;
/** Changed in place. `mean` and `spread` are over (x₁…x_k, y); `spread` is the weighted scatter matrix, row by row. Plain JSON. */
export type Fit = { since: Millis | null; lastT: Millis; n: number; weight: number; mean: number[]; spread: number[] };

/** Samples that each coefficient needs before a prediction means anything. */
const SAMPLES_PER_COEFFICIENT = 10;
/** Of the scatter of one x: below this it is taken to be constant, so that it explains nothing. */
const RIDGE = 1e-9;

export function newFit({ count }: FitTerms): Fit {
  const size = count + 1;
  return { since: null, lastT: 0, n: 0, weight: 0, mean: Array<number>(size).fill(0), spread: Array<number>(size * size).fill(0) };
}

/** y − ŷ(x) by what was learned before; NaN while too little is known. */
export function residualOf(fit: Fit, terms: FitTerms, { t, x, y }: Sample): number {
  const stretch = terms.learnMs ?? terms.forgetMs ?? 0;
  if (fit.since === null || t - fit.since < stretch || fit.n < SAMPLES_PER_COEFFICIENT * (terms.count + 1)) return Number.NaN;
  const slopes = solve(fit, terms.count);
  return slopes.reduce((rest, slope, i) => rest - slope * ((x[i] ?? 0) - (fit.mean[i] ?? 0)), y - (fit.mean[terms.count] ?? 0));
}

type Sample = Readonly<{ t: Millis; x: readonly number[]; y: number }>;

/** Takes a good sample in, unless learning is over. */
export function learn(fit: Fit, terms: FitTerms, { t, x, y }: Sample): void {
  if (fit.since === null) fit.since = t;
  else if (terms.learnMs !== undefined && t - fit.since >= terms.learnMs) return;
  const fade = fit.n > 0 && terms.forgetMs !== undefined ? Math.exp(-(t - fit.lastT) / terms.forgetMs) : 1;
  const before = fit.weight * fade;
  const after = before + 1;
  const sample = [...x, y];
  const off = sample.map((v, i) => v - (fit.mean[i] ?? 0));
  const size = sample.length;
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      const k = i * size + j;
      fit.spread[k] = (fit.spread[k] ?? 0) * fade + (before / after) * (off[i] ?? 0) * (off[j] ?? 0);
    }
  }
  fit.mean = fit.mean.map((mean, i) => mean + (off[i] ?? 0) / after);
  fit.weight = after;
  fit.lastT = t;
  fit.n += 1;
}

/** Slopes of y on each x: Gaussian elimination of the scatter matrix, pivots that are as good as zero left out. */
function solve({ spread }: Fit, count: number): readonly number[] {
  const size = count + 1;
  const rows = Array.from({ length: count }, (_, i) => spread.slice(i * size, (i + 1) * size));
  const floor = rows.map((row, i) => RIDGE * (row[i] ?? 0));
  const usable = rows.map(() => true);
  for (let i = 0; i < count; i += 1) {
    const pivot = rows[i]?.[i] ?? 0;
    if (pivot <= (floor[i] ?? 0)) {
      usable[i] = false;
      continue;
    }
    for (let k = 0; k < count; k += 1) if (k !== i) subtract(rows[k], rows[i], (rows[k]?.[i] ?? 0) / pivot);
  }
  return rows.map((row, i) => (usable[i] ? (row[count] ?? 0) / (row[i] ?? 1) : 0));
}

function subtract(row: number[] | undefined, from: readonly number[] | undefined, times: number): void {
  if (!row || !from || times === 0) return;
  from.forEach((v, i) => (row[i] = (row[i] ?? 0) - times * v));
}
