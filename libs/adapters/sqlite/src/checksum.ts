import { crc32 } from 'node:zlib';

/** CRC-32 over the parts of a row, so that a byte that changed on the disk is found when the row is read. */
export function checksumOf(...parts: readonly (string | number)[]): number {
  return parts.reduce<number>((sum, part) => crc32(`${part}\u0000`, sum), 0);
}
