import { mqttTopic, type Millis } from '@anlan/contracts';
import type { Packet } from 'mqtt-packet';
import { DEVICE_BACKOFF, backoffMs, type Backoff } from './backoff.js';
import { brokerSocket, type BrokerAddress, type BrokerSocket } from './broker-socket.js';
import { sleep, within, type SimulatorClock } from './clock.js';
import { MAX_PACKET_ID, outbox, type Parcel } from './outbox.js';

export type DeviceEvent =
  | Readonly<{ kind: 'online'; deviceId: string }>
  | Readonly<{ kind: 'offline'; deviceId: string; why: string }>
  /** The broker said no: wrong id or secret (4, 5), or busy (3). */
  | Readonly<{ kind: 'refused'; deviceId: string; code: number }>;

export type DeviceClientDeps = Readonly<{
  address: BrokerAddress;
  deviceId: string;
  secret: string;
  clock: SimulatorClock;
  /** In [0, 1). */
  random: () => number;
  onEvent?: (event: DeviceEvent) => void;
  /** Messages in flight. */
  window?: number;
  /** Messages kept while they cannot be delivered. */
  buffer?: number;
  backoff?: Backoff;
}>;

/** A device as we ask the field to build them: own connection and credential, will, QoS 1 until the PUBACK, ring buffer, full-jitter reconnect. */
export type DeviceClient = Readonly<{
  start(): void;
  send(parcel: Parcel): void;
  /** Messages not yet acknowledged. */
  pending(): number;
  /** Waits at most `graceMs` for what is pending, says goodbye and closes. */
  stop(graceMs: Millis): Promise<void>;
}>;

const KEEPALIVE_S = 60;
const CHECK_MS = 10_000;
const ANSWER_MS = 30_000;
const GOODBYE_MS = 1_000;
const STATUS_ID = MAX_PACKET_ID + 1;

export function deviceClient(deps: DeviceClientDeps): DeviceClient {
  const {
    address,
    deviceId,
    secret,
    clock,
    random,
    onEvent = () => undefined,
    window = 10,
    buffer = 5_000,
    backoff = DEVICE_BACKOFF,
  } = deps;
  const box = outbox({ limit: buffer, window });
  let socket: BrokerSocket | undefined;
  let ready = false;
  let stopped = false;
  let attempt = 0;
  let cancelTimer = (): void => undefined;
  let heardAt = 0;
  let saidGoodbye = (): void => undefined;
  let ended = (): void => undefined;

  const status = (online: boolean): string => JSON.stringify({ online, t: Math.round(clock.now()) });
  const publish = (topic: string, payload: string, more: Readonly<{ messageId: number; dup: boolean; retain: boolean }>): void =>
    socket?.send({ cmd: 'publish', topic, payload, qos: 1, ...more });
  const pump = (): void => {
    for (let sending = ready ? box.next() : undefined; sending; sending = box.next()) {
      publish(mqttTopic.telemetry(deviceId), sending.parcel.payload, { messageId: sending.id, dup: sending.dup, retain: false });
    }
  };
  const connect = (): void => {
    socket = brokerSocket(address, { open: hello, packet: received, closed });
  };
  const hello = (): void =>
    socket?.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: deviceId,
      keepalive: KEEPALIVE_S,
      username: deviceId,
      password: Buffer.from(secret),
      will: { topic: mqttTopic.status(deviceId), payload: status(false), qos: 1, retain: true },
    });
  const received = (packet: Packet): void => {
    heardAt = clock.mono();
    if (packet.cmd === 'connack') return connected(packet.returnCode ?? 0);
    if (packet.cmd !== 'puback' || packet.messageId === undefined) return;
    if (packet.messageId === STATUS_ID) return saidGoodbye();
    box.ack(packet.messageId);
    pump();
  };
  const connected = (code: number): void => {
    if (code !== 0) {
      onEvent({ kind: 'refused', deviceId, code });
      return socket?.destroy(`refused with code ${code}`);
    }
    ready = true;
    attempt = 0;
    onEvent({ kind: 'online', deviceId });
    publish(mqttTopic.status(deviceId), status(true), { messageId: STATUS_ID, dup: false, retain: true });
    pump();
    watch();
  };
  // A broker that has gone without a word: whoever owes an answer for too long is cut off.
  const watch = (): void => {
    cancelTimer = clock.after(CHECK_MS, () => {
      const quietMs = clock.mono() - heardAt;
      if (quietMs > ANSWER_MS + CHECK_MS) return socket?.destroy('no answer');
      if (quietMs > ANSWER_MS / 2) socket?.send({ cmd: 'pingreq' });
      watch();
    });
  };
  const closed = (why: string): void => {
    cancelTimer();
    if (ready) onEvent({ kind: 'offline', deviceId, why });
    ready = false;
    box.rewind();
    saidGoodbye();
    if (stopped) return ended();
    cancelTimer = clock.after(backoffMs(backoff, attempt, random()), connect);
    attempt += 1;
  };
  const goodbye = (): Promise<void> =>
    new Promise((resolve) => {
      saidGoodbye = resolve;
      publish(mqttTopic.status(deviceId), status(false), { messageId: STATUS_ID, dup: false, retain: true });
    });
  return {
    start: connect,
    send: (parcel) => {
      box.push(parcel);
      pump();
    },
    pending: () => box.size(),
    stop: async (graceMs) => {
      for (let waited = 0; ready && box.size() > 0 && waited < graceMs; waited += 20) await sleep(clock, 20);
      stopped = true;
      if (ready) await within(clock, goodbye(), GOODBYE_MS);
      cancelTimer();
      const gone = new Promise<void>((resolve) => (ended = resolve));
      if (ready) {
        socket?.send({ cmd: 'disconnect' });
        socket?.end();
        await within(clock, gone, GOODBYE_MS);
      }
      socket?.destroy('stopped');
    },
  };
}
