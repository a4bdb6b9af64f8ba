import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Client } from 'aedes';
import type { Logger, Meter } from '@anlan/observability';
import { pause, type Clock, type Feed, type FeedHandler } from '@anlan/ports';
import { admission } from './admission.js';
import { answerLane } from './answer-lane.js';
import { DeviceBroker, brokerOptions } from './device-broker.js';
import { frameGuard } from './frame-guard.js';
import { GuardedSocket } from './guarded-socket.js';
import type { MqttLimits } from './limits.js';
import { listener, type Listener, type ListenerDeps } from './listener.js';
import { login } from './login.js';
import { newSession, sessionTable, type Session } from './session.js';
import { takeOvers } from './take-overs.js';

export type AedesFeedDeps = Readonly<{
  host: string;
  /** 0: any free one. */
  port: number;
  /** Certificate and key; absent: plain TCP. */
  tls?: NonNullable<ListenerDeps['tls']>;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  limits: MqttLimits;
}>;

/** Sockets beyond the limit of logged-in devices, so that the next one can still be told why it is refused. */
const SPARE_SOCKETS = 1_000;

/** The built-in MQTT 3.1.1 listener: F1 and F2 of the feed port, with every bound of `limits` applied before aedes sees a byte. */
export function aedesFeed(deps: AedesFeedDeps): Feed {
  const { clock, meter, logger, limits } = deps;
  const sessions = sessionTable();
  const byConn = new WeakMap<object, Session>();
  const open = new Set<Session>();
  const doors = admission(clock, limits);
  const exchanges = takeOvers(limits);
  let stopping = false;
  let onSettled: () => void = () => undefined;
  let door: Listener | undefined;
  let broker: DeviceBroker | undefined;

  const ended = (session: Session, handler: FeedHandler): void => {
    session.ticket.leave();
    open.delete(session);
    if (!sessions.release(session) || session.deviceId === undefined) return;
    meter.gauge('anlan_connections', sessions.count());
    if (stopping) return;
    const { deviceId, will } = session;
    const at = clock.now();
    if (will && !session.guard.saidGoodbye())
      handler
        .message({ deviceId, receivedAt: at, ...will })
        .catch((error: unknown) => logger.warn('a will could not be kept', { deviceId, reason: String(error) }));
    if (session.announced) handler.presence(deviceId, false, at);
  };

  const receive = (socket: Socket, handler: FeedHandler, engine: DeviceBroker): void => {
    const source = socket.remoteAddress ?? '';
    const ticket = doors.enter(source, () => {
      // The ticket is in hand only after `enter`; nothing is read before the next turn anyway.
      queueMicrotask(() => (ticket && !socket.destroyed ? welcome(socket, { source, ticket }, handler, engine) : ticket?.leave()));
    });
    if (!ticket) {
      meter.count('anlan_limit_total', 1, { entry: 'mqtt_connect', reason: 'waiting' });
      socket.destroy();
      return;
    }
    socket.once('close', () => ticket.leave());
  };

  const welcome = (
    socket: Socket,
    { source, ticket }: Pick<Session, 'source' | 'ticket'>,
    handler: FeedHandler,
    engine: DeviceBroker,
  ): void => {
    const guard = frameGuard(limits);
    const conn = new GuardedSocket({ socket, guard, onFault: (reason) => meter.count('anlan_limit_total', 1, { entry: 'mqtt', reason }) });
    const lane = answerLane({
      onSettled: () => onSettled(),
      onCrash: (error) => conn.destroy(error instanceof Error ? error : new Error(String(error))),
    });
    const session = newSession({ conn, guard, lane, ticket, source }, clock.mono());
    byConn.set(conn, session);
    open.add(session);
    conn.once('close', () => ended(session, handler));
    engine.handle(conn);
  };

  return {
    async start(handler) {
      const sessionOf = (client: Client): Session | undefined => byConn.get(client.conn);
      const isStopping = (): boolean => stopping;
      const engine = new DeviceBroker(
        brokerOptions({
          handler,
          limits,
          clock,
          meter,
          sessionOf,
          isStopping,
          login: (session, username, secret) =>
            login(session, username, secret, { handler, sessions, takeOvers: exchanges, clock, meter, limits, isStopping }),
        }),
      );
      broker = engine;
      // Registered, and just before its CONNACK: who has that is known to be online.
      engine.on('client', (client) => {
        const session = sessionOf(client);
        if (!session || session.deviceId === undefined || session.replaced || session.conn.destroyed) return;
        session.announced = true;
        handler.presence(session.deviceId, true, clock.now());
      });
      // Its types leave out this event; unheard it would end the process.
      (engine as EventEmitter).on('error', (error: unknown) => logger.error('the MQTT engine reported a fault', { reason: String(error) }));
      await engine.listen();
      door = listener({
        ...deps,
        maxSockets: limits.connections + limits.waiting + SPARE_SOCKETS,
        handshakeMs: limits.connectWithinMs,
        onSocket: (socket) => receive(socket, handler, engine),
        onError: (error) => logger.error('the MQTT listener failed', { reason: error.message }),
      });
      return door.listen();
    },
    disconnect(deviceId) {
      sessions.of(deviceId)?.conn.destroy();
    },
    async stop() {
      if (stopping) return;
      stopping = true;
      door?.refuse();
      for (const { conn } of open) conn.halt();
      const late = new AbortController();
      const answered = new Promise<void>((resolve) => {
        onSettled = () => [...open].every(({ lane }) => lane.inHand() === 0) && resolve();
        onSettled();
      });
      await Promise.race([answered, pause(clock, limits.drainMs, late.signal)]);
      late.abort();
      // Answers are written at the end of the turn (the engine corks the stream); only then may the connections go.
      await new Promise((resolve) => setImmediate(resolve));
      for (const { conn } of open) conn.destroy();
      await new Promise<void>((resolve) => (broker ? broker.close(() => resolve()) : resolve()));
      await door?.close();
    },
  };
}
