import { createHash } from 'node:crypto';
import type { Digest } from '@anlan/contracts';

/** SHA-256 as hex, as the shell gives it to the core. */
export const testDigest: Digest = (text) => createHash('sha256').update(text).digest('hex');
