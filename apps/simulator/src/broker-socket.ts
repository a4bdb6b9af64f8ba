import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Millis } from '@anlan/contracts';
import { generate, parser, type Packet } from 'mqtt-packet';

export type BrokerAddress = Readonly<{ host: string; port: number; tls: boolean }>;

/** `mqtt://host:1883` or `mqtts://host:8883`. Undefined when it is neither. */
export function brokerAddress(url: string): BrokerAddress | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'mqtt:' && protocol !== 'mqtts:') return undefined;
  const tls = protocol === 'mqtts:';
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (tls ? 8883 : 1883) : Number(port), tls };
}

export type SocketEvents = Readonly<{ open(): void; packet(packet: Packet): void; closed(why: string): void }>;
export type BrokerSocket = Readonly<{
  send(packet: Packet): void;
  /** Ends after what was written; `destroy` does not wait. */ end(): void;
  destroy(why: string): void;
}>;

const CONNECT_TIMEOUT_MS: Millis = 10_000;

/** One MQTT 3.1.1 connection as packets. `closed` is called exactly once. */
export function brokerSocket({ host, port, tls }: BrokerAddress, events: SocketEvents): BrokerSocket {
  const socket: Socket = tls ? connectTls({ host, port, servername: host }) : connectPlain({ host, port });
  const reader = parser({ protocolVersion: 4 });
  let why = 'closed by the broker';
  socket.setNoDelay(true);
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => void destroy('connect timed out'));
  socket.once(tls ? 'secureConnect' : 'connect', () => {
    socket.setTimeout(0);
    events.open();
  });
  socket.on('data', (bytes) => void reader.parse(bytes));
  socket.on('error', (error: Error & { code?: string }) => (why = error.code ?? error.message));
  socket.once('close', () => events.closed(why));
  reader.on('packet', events.packet);
  reader.on('error', () => void destroy('malformed packet from the broker'));
  const destroy = (reason: string): void => {
    why = reason;
    socket.destroy();
  };
  return {
    send: (packet) => {
      if (socket.writable) socket.write(generate(packet));
    },
    end: () => void socket.end(),
    destroy,
  };
}
