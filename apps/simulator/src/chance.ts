/** A 32-bit hash of a text (FNV-1a), to give each point its own stream of chance. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Numbers in [0, 1) from a seed of two words: sfc32 (Chris Doty-Humphrey, PractRand). The same seed gives the same numbers on every machine. */
export function chance(seed: number, stream = 0): () => number {
  let [a, b, c, d] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let warm = 0; warm < 12; warm += 1) next();
  return next;
}

/** A normal number (mean 0, deviation 1) that belongs to a stream and an index: Box–Muller on sfc32. */
export function gauss(stream: number, index: number): number {
  const random = chance(stream ^ Math.floor(index / 4_294_967_296), index);
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
