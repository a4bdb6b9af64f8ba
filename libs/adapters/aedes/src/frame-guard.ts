export type FrameFault = 'oversized' | 'bad_length' | 'connect_not_first';
/** Watches the fixed headers of one connection's packets, before anything is kept or parsed. */
export type FrameGuard = Readonly<{
  /** The next bytes as they arrive, cut anywhere; the first fault ends the connection. */
  take(chunk: Uint8Array): FrameFault | undefined;
  /** Logged in: the larger limit holds from the next packet on. */
  admit(): void;
  /** A whole DISCONNECT header went by: the device said goodbye. */
  saidGoodbye(): boolean;
}>;
export type FrameLimits = Readonly<{ packetBytesBeforeLogin: number; packetBytes: number }>;

const CONNECT = 1;
const DISCONNECT = 14;
const MORE = 0x80;
const MAX_LENGTH_BYTES = 4;

/**
 * MQTT 3.1.1 section 2.2: one byte of type, then the remaining length in one to four bytes of seven bits.
 * A declared length beyond the limit is a fault at once, so that nobody makes us wait for, or hold, 200 MB (S-07).
 */
export function frameGuard({ packetBytesBeforeLogin, packetBytes }: FrameLimits): FrameGuard {
  let limit = packetBytesBeforeLogin;
  let expect: 'type' | 'length' | 'body' = 'type';
  let first = true;
  let type = 0;
  let length = 0;
  let lengthBytes = 0;
  let goodbye = false;

  const header = (byte: number): FrameFault | undefined => {
    type = byte >> 4;
    if (first && type !== CONNECT) return 'connect_not_first';
    first = false;
    length = 0;
    lengthBytes = 0;
    expect = 'length';
    return undefined;
  };
  const lengthByte = (byte: number): FrameFault | undefined => {
    length += (byte & ~MORE) * 128 ** lengthBytes;
    lengthBytes += 1;
    if (length > limit) return 'oversized';
    if (byte & MORE) return lengthBytes === MAX_LENGTH_BYTES ? 'bad_length' : undefined;
    goodbye ||= type === DISCONNECT;
    expect = length === 0 ? 'type' : 'body';
    return undefined;
  };

  return {
    take(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (expect === 'body') {
          const taken = Math.min(length, chunk.length - at);
          length -= taken;
          at += taken;
          if (length === 0) expect = 'type';
          continue;
        }
        const byte = chunk[at] ?? 0;
        at += 1;
        const fault = expect === 'type' ? header(byte) : lengthByte(byte);
        if (fault) return fault;
      }
      return undefined;
    },
    admit() {
      limit = packetBytes;
    },
    saidGoodbye: () => goodbye,
  };
}
