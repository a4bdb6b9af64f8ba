/** Seeded noise for measuring what estimators do in the long run. */

/** Uniform numbers in (0, 1), of 32 bits (Mulberry32): enough for millions of draws. */
export function uniform(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let x = Math.imul(a ^ (a >>> 15), 1 | a);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
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
    const radius = Math.sqrt(-2 * Math.log(next()));
    const angle = 2 * Math.PI * next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** A stationary AR(1) series of variance 1: x = φ·x₋₁ + √(1 − φ²)·e. */
export function memory(phi: number, seed: number): () => number {
  const next = normal(seed);
  const fresh = Math.sqrt(1 - phi * phi);
  let x = next();
  return () => {
    x = phi * x + fresh * next();
    return x;
  };
}
