import { type Socket, connect } from 'node:net';
import { type IConnackPacket, type Packet, generate, parser } from 'mqtt-packet';

type Letter = Readonly<{ messageId: number; topic: string; payload: Buffer; done(): void }>;

const RETRY_MS = 100;
const PING_MS = 20_000;
const MOST_IDS = 65_535;

/**
 * A device of the field, after the rules we publish for devices: QoS 1, nothing is forgotten before its PUBACK, and after each
 * loss of the connection everything unacknowledged is sent again in its old order before anything new.
 */
export class Device {
  private socket: Socket | undefined;
  private ready = false;
  private over = false;
  private lastId = 0;
  private readonly unacked = new Map<number, Letter>();
  /** How often a message was sent again. */
  resends = 0;

  private constructor(
    readonly id: string,
    private readonly port: number,
    private readonly credential: string,
  ) {}

  /** Resolves when the platform let it in; rejects when it cannot be reached or refuses. Later losses heal by themselves. */
  static async connect(port: number, id: string, credential: string): Promise<Device> {
    const device = new Device(id, port, credential);
    await device.open();
    return device;
  }

  /** Resolves with the PUBACK. */
  telemetry(payload: unknown): Promise<void> {
    const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
    return this.publish(`anlan/v1/devices/${this.id}/telemetry`, bytes);
  }

  /** Resolves with the PUBACK. */
  publish(topic: string, payload: Buffer): Promise<void> {
    return new Promise((done) => {
      const letter: Letter = { messageId: this.freeId(), topic, payload, done };
      this.unacked.set(letter.messageId, letter);
      if (this.ready) this.write(letter, false);
    });
  }

  /** Messages without a PUBACK yet. */
  pending(): number {
    return this.unacked.size;
  }

  /** Hangs up, for good. */
  end(): Promise<void> {
    this.over = true;
    const { socket } = this;
    if (!socket || socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      socket.end(generate({ cmd: 'disconnect' }));
      setTimeout(() => socket.destroy(), 1_000).unref();
    });
  }

  private freeId(): number {
    do this.lastId = (this.lastId % MOST_IDS) + 1;
    while (this.unacked.has(this.lastId));
    return this.lastId;
  }

  private write({ messageId, topic, payload }: Letter, dup: boolean): void {
    this.socket?.write(generate({ cmd: 'publish', topic, payload, qos: 1, messageId, dup, retain: false }));
  }

  private open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
      this.socket = socket;
      const packets = parser();
      const ping = setInterval(() => socket.write(generate({ cmd: 'pingreq' })), PING_MS);
      packets.on('packet', (packet: Packet) => {
        if (packet.cmd === 'connack') this.admitted(packet, resolve, reject);
        else if (packet.cmd === 'puback') this.acknowledged(packet.messageId ?? 0);
      });
      socket.on('data', (chunk: Buffer) => packets.parse(chunk));
      // An error is always followed by `close`.
      socket.on('error', reject);
      socket.on('close', () => {
        clearInterval(ping);
        const wasIn = this.ready;
        this.ready = false;
        reject(new Error(`${this.id} was hung up on`));
        if (wasIn) this.reopen();
      });
      socket.write(
        generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clientId: this.id,
          clean: true,
          keepalive: 60,
          username: this.id,
          password: Buffer.from(this.credential),
        }),
      );
    });
  }

  private reopen(): void {
    if (this.over) return;
    setTimeout(() => {
      if (!this.over) this.open().catch(() => this.reopen());
    }, RETRY_MS);
  }

  private admitted({ returnCode }: IConnackPacket, resolve: () => void, reject: (error: Error) => void): void {
    if (returnCode !== 0) return reject(new Error(`${this.id} was refused with ${returnCode}`));
    for (const letter of this.unacked.values()) this.write(letter, true);
    this.resends += this.unacked.size;
    this.ready = true;
    resolve();
  }

  private acknowledged(messageId: number): void {
    const letter = this.unacked.get(messageId);
    this.unacked.delete(messageId);
    letter?.done();
  }
}
