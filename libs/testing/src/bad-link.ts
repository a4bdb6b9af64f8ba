import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP link to an engine that a spec can spoil. */
export type BadLink = Readonly<{
  port: number;
  /** Bytes stop in both directions, nobody is told: a cut cable. */ freeze(): void;
  /** Every connection is reset, new ones are refused. */ cut(): void;
  /** New connections pass again. What was frozen stays dead, as after a firewall forgot it. */ heal(): void;
  close(): Promise<void>;
}>;

/** Passes everything between a free port of this machine and `target`, until it is spoilt. */
export async function badLink(target: Readonly<{ host?: string; port: number }>): Promise<BadLink> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'open' | 'frozen' | 'cut' = 'open';
  const server = createServer((near) => {
    if (state === 'cut') return void near.resetAndDestroy();
    const far = connect({ host: target.host ?? '127.0.0.1', port: target.port });
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (bytes) => to.write(bytes));
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
