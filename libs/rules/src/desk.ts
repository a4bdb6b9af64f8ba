import type { Digest, Millis, Verdict } from '@anlan/contracts';
import { verdictOf, type Desk } from './telling.js';

/** Turns tellings into verdicts with running causes, for one log record. */
export function openDesk(
  record: Readonly<{ partition: number; offset: number; at: Millis; digest: Digest }>,
): Desk & Readonly<{ verdicts: readonly Verdict[] }> {
  const verdicts: Verdict[] = [];
  const { partition, offset, at, digest } = record;
  return {
    at,
    verdicts,
    tell: (point, telling) => {
      verdicts.push(verdictOf(point, telling, { cause: { partition, offset, index: verdicts.length }, at, digest }));
    },
  };
}
