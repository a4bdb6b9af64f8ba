/** Where a stored row came from, as two small whole numbers. */
export type Origin = Readonly<{ offset: number; /** partition × 65 536 + index. */ place: number }>;

const PLACES = 65_536;

/** Reads `partition:offset:index`. Another text is a bug of the caller and throws. */
export function parseOrigin(text: string): Origin {
  const [partition, offset, index, ...more] = text.split(':').map(Number);
  if (more.length > 0 || !isWhole(partition) || !isWhole(offset) || !isWhole(index) || index >= PLACES)
    throw new RangeError(`no origin (partition:offset:index): ${text}`);
  return { offset, place: partition * PLACES + index };
}

function isWhole(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0;
}
