/** Seeded noise for measuring what estimators do in the long run. */

// Jest looks globals up in a context of its own, which costs more than the sums: taken once.
const { cos, imul, log, PI, sin, sqrt } = Math;

/** Uniform numbers in (0, 1), of 32 bits (Mulberry32): enough for millions of draws. */
export function uniform(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let x = imul(a ^ (a >>> 15), 1 | a);
    x = (x + imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return (((x ^ (x >>> 14)) >>> 0) + 0.5) / 4_294_967_296;
  };
}

/** Standard normal numbers (Box and Muller). */
export function normal(seed: number): () => number {
  const next = uniform(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    const radius = sqrt(-2 * log(next()));
    const angle = 2 * PI * next();
    spare = radius * sin(angle);
    return radius * cos(angle);
  };
}

/** A stationary AR(1) series of variance 1: x = φ·x₋₁ + √(1 − φ²)·e. */
export function memory(phi: number, seed: number): () => number {
  const next = normal(seed);
  const fresh = sqrt(1 - phi * phi);
  let x = next();
  return () => {
    x = phi * x + fresh * next();
    return x;
  };
}
