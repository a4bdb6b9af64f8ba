import { sha256Hex } from './keys.js';

/**
 * One link of a hash chain: SHA-256("anlan/1" 0x00 chain 0x00 n 0x00 previous hash 0x00 text). `text` is canonical JSON, which
 * holds no 0x00, so no two different inputs look alike.
 */
export function chainHash(chain: string, n: number, prev: string, text: string): string {
  return sha256Hex(`anlan/1\0${chain}\0${n}\0${prev}\0${text}`);
}
