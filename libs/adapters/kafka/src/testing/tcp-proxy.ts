import { connect, createServer, type Socket } from 'node:net';

export type TcpProxy = Readonly<{
  port: number;
  /** Half-open from now on: connections stay, no byte passes, nobody is told. New ones are accepted and starved. */
  freeze(): void;
  /** Requests pass, answers do not. */
  swallowAnswers(): void;
  /** Cuts all connections and lets everything pass again: a stream with a hole must not go on. */
  thaw(): void;
  close(): Promise<void>;
}>;

/** A link that can fail without a word. */
export async function tcpProxy(port: number, to: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let mode: 'open' | 'frozen' | 'one way' = 'open';
  const pipe = (from: Socket, other: Socket, passes: () => boolean): void => {
    sockets.add(from);
    from.on('data', (chunk) => void (passes() && other.write(chunk)));
    from.on('error', () => other.destroy());
    from.on('close', () => {
      sockets.delete(from);
      if (mode === 'open') other.destroy();
    });
  };
  const server = createServer((client) => {
    const broker = connect(to, '127.0.0.1');
    pipe(client, broker, () => mode !== 'frozen');
    pipe(broker, client, () => mode === 'open');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    freeze() {
      mode = 'frozen';
    },
    swallowAnswers() {
      mode = 'one way';
    },
    thaw() {
      for (const socket of sockets) socket.destroy();
      mode = 'open';
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
