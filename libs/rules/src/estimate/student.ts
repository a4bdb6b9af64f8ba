/**
 * Tail of Student's t by the regularised incomplete beta function (continued fraction by Lentz's method, log-gamma by Lanczos; Numerical Recipes
 * 6.1, 6.4). Degrees of freedom may be fractions, as effective sample sizes are. Relative error below 1e-9.
 */

const LANCZOS = [76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2, -0.5395239384953e-5];
const MOST_TERMS = 300;
const TINY = 1e-300;

/** Chance that a trendless t of `dof` degrees of freedom lies at least as far from 0. 1 where there are no degrees of freedom left. */
export function twoSidedP(t: number, dof: number): number {
  if (!(dof > 0) || Number.isNaN(t)) return 1;
  return regularisedBeta(dof / 2, 0.5, dof / (dof + t * t));
}

function regularisedBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(a, b, x)) / a : 1 - (front * fraction(b, a, 1 - x)) / b;
}

function logGamma(x: number): number {
  const y = x + 5.5;
  const sum = LANCZOS.reduce((all, c, i) => all + c / (x + i + 1), 1.000000000190015);
  return (x + 0.5) * Math.log(y) - y + Math.log((2.5066282746310007 * sum) / x);
}

function fraction(a: number, b: number, x: number): number {
  const away = (v: number): number => (Math.abs(v) < TINY ? TINY : v);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= MOST_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a - 1 + 2 * m) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 1 + 2 * m));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return h;
}
