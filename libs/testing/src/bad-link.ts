import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP link to an engine that a spec can spoil. */
export type BadLink = Readonly<{
  port: number;
  /** Bytes stop in both directions, nobody is told: a cut cable. */ freeze(): void;
  /** Every connection is reset, new ones are refused. */ cut(): void;
  /** Bytes arrive so much later, each way, in order; 0 again for as fast as can be. */ slow(delayMs: number): void;
  /** New connections pass again. What was frozen stays dead, as after a firewall forgot it. */ heal(): void;
  close(): Promise<void>;
}>;

/** Passes everything between a free port of this machine and `target`, until it is spoilt. */
export async function badLink(target: Readonly<{ host?: string; port: number }>): Promise<BadLink> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'open' | 'frozen' | 'cut' = 'open';
  let delayMs = 0;
  /** One way of one connection: bytes keep their order however the delay changes. */
  const lane = (to: Socket): ((bytes: Buffer) => void) => {
    const waiting: Readonly<{ due: number; bytes: Buffer }>[] = [];
    const drain = (): void => {
      for (let first = waiting[0]; first; first = waiting[0]) {
        const left = first.due - Date.now();
        if (left > 0) return void setTimeout(drain, left);
        waiting.shift();
        if (!to.destroyed) to.write(first.bytes);
      }
    };
    return (bytes) => {
      if (delayMs === 0 && waiting.length === 0) return void to.write(bytes);
      waiting.push({ due: Date.now() + delayMs, bytes });
      if (waiting.length === 1) drain();
    };
  };
  const server = createServer((near) => {
    if (state === 'cut') return void near.resetAndDestroy();
    const far = connect({ host: target.host ?? '127.0.0.1', port: target.port });
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', lane(to));
      // A frozen link passes no goodbye either.
      from.on('close', () => state !== 'frozen' && to.destroy());
      from.on('error', () => to.destroy());
    }
    if (state === 'frozen') freezePair(pair);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    pairs.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      state = 'frozen';
      pairs.forEach(freezePair);
    },
    cut() {
      state = 'cut';
      drop();
    },
    slow(ms) {
      delayMs = ms;
    },
    heal() {
      state = 'open';
    },
    async close() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function freezePair([near, far]: readonly [Socket, Socket]): void {
  for (const socket of [near, far]) {
    socket.removeAllListeners('data');
    socket.pause();
  }
}
