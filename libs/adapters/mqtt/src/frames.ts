/** What ends a connection: bytes that are not MQTT. */
export type FrameFault = 'bad_length' | 'oversized';
/** One whole packet; `cut`: a PUBLISH larger than the limit, of which only the beginning is here. */
export type Frame = Readonly<{ bytes: Buffer; type: number; flags: number; bodyAt: number; cut: boolean }>;
/** Packets out of a stream of bytes, asked for one by one, so that who is full can stop taking. */
export type Frames = Readonly<{
  push(chunk: Buffer): void;
  /** The next packet; undefined: more bytes are needed, or `fault` says why there will never be one. */
  next(): Frame | undefined;
  fault(): FrameFault | undefined;
}>;

export const PUBLISH = 3;

const MORE = 0x80;
const MAX_LENGTH_BYTES = 4;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Holds at most `limit` bytes of a packet. A PUBLISH beyond that is handed on cut and the rest is read away, for a message that one cannot
 * take would come back for ever; any other packet of that size ends the connection.
 */
export function frames(limit: number): Frames {
  let pending: Buffer = NOTHING;
  let skip = 0;
  let fault: FrameFault | undefined;

  const lengthOf = (): Readonly<{ length: number; bodyAt: number }> | undefined => {
    let length = 0;
    for (let at = 1; at <= MAX_LENGTH_BYTES; at++) {
      const byte = pending[at];
      if (byte === undefined) return undefined;
      length += (byte & ~MORE) * 128 ** (at - 1);
      if (!(byte & MORE)) return { length, bodyAt: at + 1 };
    }
    fault = 'bad_length';
    return undefined;
  };

  return {
    push(chunk) {
      const kept = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - kept.length;
      if (kept.length > 0) pending = pending.length === 0 ? kept : Buffer.concat([pending, kept]);
    },
    next() {
      const head = pending[0];
      if (fault || head === undefined) return undefined;
      const size = lengthOf();
      if (!size) return undefined;
      const { length, bodyAt } = size;
      const type = head >> 4;
      const cut = length > limit;
      if (cut && type !== PUBLISH) {
        fault = 'oversized';
        return undefined;
      }
      const end = bodyAt + (cut ? limit : length);
      if (pending.length < end) return undefined;
      const bytes = pending.subarray(0, end);
      const rest = cut ? length - limit : 0;
      const gone = Math.min(rest, pending.length - end);
      skip = rest - gone;
      pending = pending.length === end + gone ? NOTHING : pending.subarray(end + gone);
      return { bytes, type, flags: head & 0x0f, bodyAt, cut };
    },
    fault: () => fault,
  };
}
