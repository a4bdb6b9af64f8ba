const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** MurmurHash2, 32 bit, as Kafka's default partitioner computes it over the UTF-8 bytes of a key. */
function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let h = SEED ^ bytes.length;
  for (let i = 0; i < whole; i += 4) {
    let k = Math.imul(view.getInt32(i, true), M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  for (let i = bytes.length - 1; i >= whole; i--) h ^= view.getUint8(i) << ((i - whole) * 8);
  if (bytes.length > whole) h = Math.imul(h, M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

/**
 * Partition of a log key, stable for ever and the same in every log: Kafka's own rule, positive murmur2 modulo the number of partitions.
 * Golden values stand in the contract suite of the log.
 */
export function partitionFor(key: string, partitions: number): number {
  if (partitions <= 1) return 0;
  return (murmur2(new TextEncoder().encode(key)) & 0x7fffffff) % partitions;
}
