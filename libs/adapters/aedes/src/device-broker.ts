import { Aedes, type AedesOptions, type Client, type ConnectPacket, type PublishPacket } from 'aedes';
import type { Clock, FeedHandler, FeedMessage } from '@anlan/ports';
import type { Meter } from '@anlan/observability';
import { CONNACK, isDeviceId, type ConnackCode } from './login.js';
import type { MqttLimits } from './limits.js';
import type { Session } from './session.js';

export type DeviceBrokerDeps = Readonly<{
  handler: FeedHandler;
  limits: MqttLimits;
  clock: Clock;
  meter: Meter;
  sessionOf(client: Client): Session | undefined;
  login(session: Session, username: string | undefined, secret: Uint8Array | undefined): Promise<ConnackCode>;
  isStopping(): boolean;
}>;

const NOTHING = Buffer.alloc(0);

/**
 * aedes as protocol engine only: it parses, answers and keeps time. Nothing is routed, retained or queued inside it, for no device
 * may hear another: what devices send goes to the handler, and a packet is answered when the handler is done.
 */
export class DeviceBroker extends Aedes {
  /** Routing would also carry `$SYS` topics, by which one client can throw out others (aedes #597, S-05). */
  override publish(_packet: PublishPacket, ...rest: readonly unknown[]): void {
    const done = rest.at(-1);
    if (typeof done === 'function') (done as (error: null) => void)(null);
  }
}

/** The hooks of aedes. Each is total: a client without a session, or none at all, is refused (S-06). */
export function brokerOptions(deps: DeviceBrokerDeps): AedesOptions {
  const { limits } = deps;
  return {
    connectTimeout: limits.connectWithinMs,
    maxInflightInbound: limits.qos2InHand,
    maxClientsIdLength: 64,
    preConnect(client, packet, done) {
      const session = deps.sessionOf(client);
      if (session) prepare(session, packet, deps);
      done(null, session !== undefined);
    },
    authenticate(client, username, password, done) {
      const session = deps.sessionOf(client);
      if (!session) return done(refusal(CONNACK.unavailable), null);
      deps.login(session, username, password).then(
        (code) => {
          deps.meter.count('anlan_connects_total', 1, { outcome: OUTCOME[code] });
          if (code === CONNACK.accepted) done(null, true);
          else done(refusal(code), null);
        },
        () => done(refusal(CONNACK.unavailable), null),
      );
    },
    authorizePublish(client, packet, done) {
      const session = client ? deps.sessionOf(client) : undefined;
      if (!session || session.deviceId === undefined || session.replaced) return done(new Error('no session of a device'));
      take({ session, deviceId: session.deviceId }, packet, done, deps);
    },
    authorizeSubscribe(client, subscription, done) {
      const session = deps.sessionOf(client);
      const own = session?.deviceId !== undefined && isOwnFilter(subscription.topic, session.deviceId);
      if (!session || !own || session.filters >= limits.subscriptions) {
        deps.meter.count('anlan_limit_total', 1, { entry: 'mqtt_subscribe', reason: own ? 'filters' : 'not_yours' });
        return done(null, null); // SUBACK says failure (0x80); the connection stays
      }
      session.filters += 1;
      done(null, subscription);
    },
  };
}

const OUTCOME = {
  [CONNACK.accepted]: 'accepted',
  [CONNACK.unavailable]: 'unavailable',
  [CONNACK.badUserOrPassword]: 'refused',
  [CONNACK.notAuthorised]: 'refused',
} as const satisfies Record<ConnackCode, string>;

type Refused = Exclude<ConnackCode, typeof CONNACK.accepted>;

function refusal(returnCode: Refused): Error & { returnCode: Refused } {
  return Object.assign(new Error('connection refused'), { returnCode });
}

/**
 * The device, not the client id, is who connects: ids that two devices share by mistake throw nobody out. No session outlives its
 * connection (there is nothing to queue), and the will is kept by us, so that only a connection's real end sends it.
 */
function prepare(session: Session, packet: ConnectPacket, { clock, limits }: DeviceBrokerDeps): void {
  session.connectAt = clock.mono();
  const { username, will } = packet;
  packet.clientId = username !== undefined && isDeviceId(username) ? username : '';
  packet.clean = true;
  packet.keepalive = Math.min(packet.keepalive || limits.keepaliveSeconds, limits.keepaliveSeconds);
  if (will) session.will = { topic: will.topic, payload: Buffer.from(will.payload), qos: will.qos ?? 0, retain: will.retain ?? false };
  delete packet.will;
}

type Publisher = Readonly<{ session: Session; deviceId: string }>;

function take({ session, deviceId }: Publisher, packet: PublishPacket, done: (error?: Error | null) => void, deps: DeviceBrokerDeps): void {
  const { handler, clock, meter, isStopping } = deps;
  const { topic, retain, qos } = packet;
  const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
  const began = clock.mono();
  const message: FeedMessage = { deviceId, topic, payload, retain, qos, receivedAt: clock.now() };
  // A QoS 2 packet stays with aedes until its PUBREL; the content is not needed any more.
  packet.payload = NOTHING;
  packet.retain = false;
  session.lane.run(isStopping() ? Promise.reject(new Error('stopping')) : handler.message(message), (error) => {
    if (!error) meter.observe('anlan_puback_seconds', (clock.mono() - began) / 1000);
    done(error ?? null);
  });
}

/** `anlan/v1/devices/{id}/cmd/…` and nothing that a wildcard could widen. */
function isOwnFilter(filter: string, deviceId: string): boolean {
  return filter.startsWith(`anlan/v1/devices/${deviceId}/cmd/`) && filter.length <= 200;
}
