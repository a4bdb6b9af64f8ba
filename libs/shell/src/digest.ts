import { createHash } from 'node:crypto';
import type { Digest } from '@anlan/contracts';

/** SHA-256 as lower-case hex. */
export const sha256: Digest = (text) => createHash('sha256').update(text, 'utf8').digest('hex');
