export type Cursor = ReturnType<typeof cursorOn>;

/** Reads big-endian numbers one after the other; beyond the end it throws. */
export function cursorOn(raw: Buffer) {
  let at = 0;
  const past = (bytes: number): number => {
    const from = at;
    at += bytes;
    if (bytes < 0 || at > raw.length) throw new RangeError('beyond the end');
    return from;
  };
  return {
    at: (): number => at,
    skip: (bytes: number): void => void past(bytes),
    moveTo(place: number): void {
      past(place - at);
    },
    int16: (): number => raw.readInt16BE(past(2)),
    int32: (): number => raw.readInt32BE(past(4)),
    bigint64: (): bigint => raw.readBigInt64BE(past(8)),
    int64: (): number => Number(raw.readBigInt64BE(past(8))),
    bytes: (length: number): Buffer => raw.subarray(past(length), at),
    text: (length: number): string => raw.toString('utf8', past(length), at),
    /** Zigzag; exact up to 2^53, which is more than a time in milliseconds needs. */
    varint(): number {
      let value = 0;
      let scale = 1;
      for (let i = 0; i < 10; i++) {
        const byte = raw.readUInt8(past(1));
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
        scale *= 128;
      }
      throw new RangeError('a number without end');
    },
  };
}
