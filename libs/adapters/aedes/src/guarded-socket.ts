import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { FrameFault, FrameGuard } from './frame-guard.js';

/** Time in which a peer must take the last words (a CONNACK) before it is cut. */
const LAST_WORDS_MS = 2_000;

export type GuardedSocketDeps = Readonly<{ socket: Socket; guard: FrameGuard; onFault(fault: FrameFault): void }>;

/** The transport as aedes gets it: every byte has passed the frame guard, and what was written before the end still goes out. */
export class GuardedSocket extends Duplex {
  private readonly socket: Socket;
  private halted = false;

  constructor({ socket, guard, onFault }: GuardedSocketDeps) {
    super({ highWaterMark: 64 * 1024 });
    this.socket = socket;
    // aedes takes its own listeners away while closing; a late error must still find one.
    this.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const fault = guard.take(chunk);
      if (fault) {
        onFault(fault);
        this.destroy(new Error(`closed by the frame guard: ${fault}`));
      } else if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  /** Reads nothing more from the network; what is in hand goes on, and answers are still written. */
  halt(): void {
    this.halted = true;
    this.socket.pause();
  }

  override _read(): void {
    if (!this.halted) this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { socket } = this;
    socket.removeAllListeners('data');
    // Unread bytes at closing make the kernel send a reset, which can overtake a CONNACK: read and drop them.
    socket.resume();
    socket.setTimeout(LAST_WORDS_MS, () => socket.destroy());
    socket.destroySoon();
    done(error);
  }
}
