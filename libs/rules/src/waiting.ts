import type { Millis } from '@anlan/contracts';

/** A memory that began from nothing. What is stored up to `upTo` can be taken up, for all readings after that are in `heard`: (t, v, 1 if certain) each. */
export type Waiting = { readonly from: Millis; upTo: Millis; readonly heard: number[] };

/** Readings that are kept for a slot that waits. With more of them since its history was read, that is read again. */
const MOST_HEARD = 128;

/** A reading for a slot that waits. */
export function hear(waiting: Waiting, { t, v, certain }: Readonly<{ t: Millis; v: number; certain: boolean }>): void {
  const { heard } = waiting;
  heard.push(t, v, certain ? 1 : 0);
  if (heard.length <= 3 * MOST_HEARD) return;
  waiting.upTo = heard[0] ?? waiting.upTo;
  heard.splice(0, 3);
}
