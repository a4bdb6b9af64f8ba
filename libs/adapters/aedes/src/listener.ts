import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Millis } from '@anlan/contracts';
import { pause, type Clock } from '@anlan/ports';

export type ListenerDeps = Readonly<{
  host: string;
  port: number;
  tls?: Pick<TlsOptions, 'cert' | 'key' | 'ca'>;
  maxSockets: number;
  handshakeMs: Millis;
  clock: Clock;
  onSocket(socket: Socket): void;
  onError(error: Error): void;
}>;
export type Listener = Readonly<{
  listen(): Promise<Readonly<{ address: string; port: number }>>;
  /** Takes no new sockets from now on. */
  refuse(): void;
  /** Ends the sockets that are left, gives them a moment for their last answers, and frees the port. */
  close(): Promise<void>;
}>;

/** For peers to take their last answers. */
const LAST_MS = 500;

/** A TCP or TLS port and the sockets that came through it, unread until somebody reads them. */
export function listener(deps: ListenerDeps): Listener {
  const sockets = new Set<Socket>();
  const welcome = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    deps.onSocket(socket);
  };
  const server: Server = deps.tls
    ? createTlsServer({ ...deps.tls, minVersion: 'TLSv1.2', handshakeTimeout: deps.handshakeMs }, welcome)
    : createTcpServer({ pauseOnConnect: true, keepAlive: true }, welcome);
  server.maxConnections = deps.maxSockets;
  let closed: Promise<void> | undefined;
  const refuse = (): void => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
  };
  return {
    refuse,
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(deps.port, deps.host, () => {
          server.off('error', reject);
          server.on('error', deps.onError);
          const at = server.address();
          if (at === null || typeof at === 'string') reject(new TypeError('the listener has no address'));
          else resolve({ address: at.address, port: at.port });
        });
      }),
    async close() {
      refuse();
      for (const socket of sockets) socket.destroySoon();
      const cut = new AbortController();
      await Promise.race([closed, pause(deps.clock, LAST_MS, cut.signal)]);
      cut.abort();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
