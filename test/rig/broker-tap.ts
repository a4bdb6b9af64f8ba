import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { type Packet, parser } from 'mqtt-packet';

/** What lies between a broker and its consumer: passes everything, and writes down what the consumer acknowledged. */
export type BrokerTap = Readonly<{
  port: number;
  /** Messages with a PUBACK of the consumer, by the key that was asked for. */
  taken: ReadonlySet<string>;
  /** How many PUBACKs that took; more than messages when the broker sent some again. */
  pubacks(): number;
  /** Ends the connection, and refuses new ones until `open`. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}>;

/** What a message is known by. */
type KeyOf = (topic: string, payload: string) => string;
const PROTOCOL = { protocolVersion: 5 };

/** Listens on a free port for consumers of the broker on `brokerPort`, which speak MQTT 5. */
export async function brokerTap(brokerPort: number, keyOf: KeyOf): Promise<BrokerTap> {
  const taken = new Set<string>();
  let pubacks = 0;
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((consumer) => {
    if (!isOpen) return void consumer.resetAndDestroy();
    const broker = connect({ port: brokerPort, host: '127.0.0.1', noDelay: true });
    consumer.setNoDelay(true);
    listen(consumer, broker, (topic, payload) => {
      pubacks += 1;
      taken.add(keyOf(topic, payload));
    });
    for (const [from, to] of [
      [consumer, broker],
      [broker, consumer],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    taken,
    pubacks: () => pubacks,
    shut() {
      isOpen = false;
      drop();
    },
    open() {
      isOpen = true;
    },
    async close() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One connection: a PUBACK of the consumer answers the last PUBLISH of the broker under that number. */
function listen(consumer: Socket, broker: Socket, took: (topic: string, payload: string) => void): void {
  const given = new Map<number, Readonly<{ topic: string; payload: string }>>();
  const fromBroker = parser(PROTOCOL).on('packet', (packet: Packet) => {
    if (packet.cmd === 'publish' && packet.messageId !== undefined)
      given.set(packet.messageId, { topic: packet.topic, payload: packet.payload.toString() });
  });
  const fromConsumer = parser(PROTOCOL).on('packet', (packet: Packet) => {
    const one = packet.cmd === 'puback' ? given.get(packet.messageId ?? 0) : undefined;
    if (one) took(one.topic, one.payload);
  });
  broker.on('data', (bytes: Buffer) => fromBroker.parse(bytes));
  consumer.on('data', (bytes: Buffer) => fromConsumer.parse(bytes));
}
