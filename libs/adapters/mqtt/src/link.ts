import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { generate, parser, type Packet } from 'mqtt-packet';
import type { Clock } from '@anlan/ports';
import { ackLane } from './ack-lane.js';
import { PUBLISH, frames, type Frame } from './frames.js';
import type { MqttFeedLimits } from './limits.js';
import { decodePublish, encodePubacks, type MqttVersion, type Publish } from './publish.js';
import { watchdog } from './watchdog.js';

/** Why a connection ended. `not_taken`: the platform could not keep a message, which the broker will send again. */
export type LinkEnd =
  'left' | 'unreachable' | 'refused' | 'not_subscribed' | 'bad_packet' | 'silent' | 'taken_over' | 'closed' | 'not_taken';

export type LinkPlan = Readonly<{
  host: string;
  port: number;
  tls: ConnectionOptions | undefined;
  version: MqttVersion;
  clientId: string;
  user: string;
  password: string;
  sessionExpirySeconds: number;
  /** Must all be granted. */
  filters: readonly string[];
  /** May be refused. */
  extras: readonly string[];
}>;
export type LinkEvents = Readonly<{
  live(sessionPresent: boolean): void;
  /** Resolves when durable; rejects: the connection ends, so that the broker sends the message again. */
  message(publish: Publish): Promise<void>;
  /** Once, and after it nothing else. */
  ended(end: LinkEnd, detail: string): void;
}>;
export type LinkDeps = Readonly<{ clock: Clock; limits: MqttFeedLimits; events: LinkEvents }>;

/** One connection to the broker, from dialling to its end. */
export type Link = Readonly<{
  /** Stops taking messages; what is in hand is still acknowledged. */
  hold(): void;
  release(): void;
  /** Takes no more parts of the group. Resolves when the broker knows, or the connection ends; what it had already given us still comes. */
  unsubscribe(): Promise<void>;
  /** Says goodbye; the session stays for as long as was asked for. */
  leave(): void;
}>;

const SUBSCRIBE_ID = 1;
const UNSUBSCRIBE_ID = 2;
const TAKEN_OVER = 0x8e;
const KEEPALIVE_OF_PINGS = 3;
const LAST_WORDS_MS = 1_000;

export function openLink(plan: LinkPlan, { clock, limits, events }: LinkDeps): Link {
  const socket = dial(plan);
  const stream = frames(limits.packetBytes);
  const control = parser({ protocolVersion: plan.version });
  const lane = ackLane((ids) => socket.write(encodePubacks(ids)));
  let state: 'dialling' | 'connecting' | 'subscribing' | 'live' | 'ended' = 'dialling';
  let held = false;
  let sessionPresent = false;
  let cancelTimer: () => void = clock.after(limits.connectWithinMs, () =>
    end('unreachable', `no session within ${limits.connectWithinMs} ms`),
  );
  let pingMs = limits.pingMs;
  let unsubscribed: () => void = () => undefined;

  // Answers to CONNECT and SUBSCRIBE are always read, or a full platform would never come back.
  const full = (): boolean => held && state === 'live';
  const lost = (): LinkEnd => (state === 'live' ? 'closed' : 'unreachable');
  const send = (packet: Packet): void => {
    if (!socket.destroyed) socket.write(generate(packet, { protocolVersion: plan.version }));
  };
  const end = (why: LinkEnd, detail: string): void => {
    if (state === 'ended') return;
    state = 'ended';
    cancelTimer();
    dog.stop();
    unsubscribed();
    // Last words still go out, for a moment; whatever went wrong ends at once.
    if (why === 'left') cancelTimer = clock.after(LAST_WORDS_MS, () => socket.destroy());
    else socket.destroy();
    events.ended(why, detail);
  };

  const dog = watchdog({
    clock,
    ask: () => send({ cmd: 'pingreq' }),
    deaf: full,
    onSilent: () => end('silent', 'no answer to a ping'),
  });
  const goLive = (): void => {
    state = 'live';
    cancelTimer();
    dog.start(pingMs);
    events.live(sessionPresent);
  };
  const take = (publish: Publish): void => {
    const slot = lane.add(publish.messageId);
    events.message(publish).then(
      () => slot.done(),
      // QoS 0 is never sent again: ending the connection would gain nothing.
      (error: unknown) => (publish.qos === 0 ? slot.done() : end('not_taken', String(error))),
    );
  };
  const onFrame = (frame: Frame): void => {
    if (frame.type !== PUBLISH) return void control.parse(frame.bytes);
    const publish = decodePublish(frame, plan.version);
    // A resumed session may deliver before the SUBACK, never before the CONNACK.
    if (!publish || state === 'connecting') end('bad_packet', 'PUBLISH');
    else take(publish);
  };
  const drain = (): void => {
    while (!full() && state !== 'ended') {
      const frame = stream.next();
      if (!frame) break;
      onFrame(frame);
    }
    const fault = stream.fault();
    if (fault) end('bad_packet', fault);
    else if (full()) socket.pause();
    else socket.resume();
  };
  const onPacket = (packet: Packet): void => {
    if (packet.cmd === 'connack' && state === 'connecting') {
      const code = packet.reasonCode ?? packet.returnCode ?? 0;
      if (code !== 0) return end('refused', `CONNACK ${code}`);
      sessionPresent = packet.sessionPresent;
      const asked = packet.properties?.serverKeepAlive;
      if (asked) pingMs = Math.min(pingMs, (asked * 1_000) / 2);
      state = 'subscribing';
      send(subscription(plan));
    } else if (packet.cmd === 'suback' && state === 'subscribing') {
      const refused = plan.filters.filter((_, at) => Number(packet.granted[at] ?? 0x80) >= 0x80);
      if (refused.length > 0) end('not_subscribed', refused.join(' '));
      else goLive();
    } else if (packet.cmd === 'unsuback') unsubscribed();
    else if (packet.cmd === 'disconnect')
      end(packet.reasonCode === TAKEN_OVER ? 'taken_over' : 'closed', `DISCONNECT ${packet.reasonCode ?? 0}`);
    else if (packet.cmd !== 'pingresp') end('bad_packet', packet.cmd);
  };

  control.on('packet', onPacket);
  control.on('error', (error: Error) => end('bad_packet', error.message));
  socket.once(plan.tls ? 'secureConnect' : 'connect', () => {
    state = 'connecting';
    send(connectPacket(plan, limits));
  });
  socket.on('data', (chunk: Buffer) => {
    if (state === 'ended') return;
    dog.heard();
    stream.push(chunk);
    drain();
  });
  socket.on('error', (error) => end(lost(), error.message));
  socket.once('close', () => (state === 'ended' ? cancelTimer() : end(lost(), 'the broker closed the connection')));

  return {
    hold() {
      held = true;
    },
    release() {
      if (!held) return;
      held = false;
      dog.heard();
      drain();
    },
    unsubscribe: () =>
      new Promise((resolve) => {
        unsubscribed = resolve;
        if (state === 'live') send({ cmd: 'unsubscribe', messageId: UNSUBSCRIBE_ID, unsubscriptions: [...plan.filters] });
        else resolve();
      }),
    leave() {
      lane.flush();
      if (state !== 'ended') send({ cmd: 'disconnect', ...(plan.version === 5 && { reasonCode: 0 }) });
      socket.end();
      end('left', '');
    },
  };
}

function dial({ host, port, tls }: LinkPlan): Socket {
  const socket = tls ? connectTls({ host, port, servername: host, minVersion: 'TLSv1.2', ...tls }) : connectTcp({ host, port });
  socket.setNoDelay(true);
  return socket;
}

function connectPacket(plan: LinkPlan, limits: MqttFeedLimits): Packet {
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: plan.version,
    clientId: plan.clientId,
    clean: false,
    // The broker notices that we are gone after one and a half times this.
    keepalive: Math.ceil((limits.pingMs * KEEPALIVE_OF_PINGS) / 1_000),
    username: plan.user,
    password: Buffer.from(plan.password),
    ...(plan.version === 5 && {
      properties: { sessionExpiryInterval: plan.sessionExpirySeconds, receiveMaximum: Math.min(limits.window, 65_535) },
    }),
  };
}

/** MQTT 5: keep the publisher's retain flag; send what is retained only when the subscription is new. */
function subscription({ filters, extras, version }: LinkPlan): Packet {
  const options = version === 5 ? { rap: true, rh: 1 } : {};
  return {
    cmd: 'subscribe',
    messageId: SUBSCRIBE_ID,
    subscriptions: [
      ...filters.map((topic) => ({ topic, qos: 1 as const, ...options })),
      ...extras.map((topic) => ({ topic, qos: 0 as const, ...(version === 5 && { rap: true, rh: 0 }) })),
    ],
  };
}
