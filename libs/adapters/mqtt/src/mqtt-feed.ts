import type { ConnectionOptions } from 'node:tls';
import type { Logger, Meter } from '@anlan/observability';
import { pause, type Clock, type Feed, type FeedHandler } from '@anlan/ports';
import { backoff } from './backoff.js';
import { WATCHED, brokerWatch } from './broker-watch.js';
import type { MqttFeedLimits } from './limits.js';
import { openLink, type Link, type LinkEnd, type LinkPlan } from './link.js';
import type { MqttVersion, Publish } from './publish.js';
import { deviceFilters, deviceIdOf } from './topics.js';

export type MqttFeedDeps = Readonly<{
  /** `mqtt://host:1883` or `mqtts://host:8883`. */
  url: string;
  user: string;
  password: string;
  /** For `mqtts:` CA, client certificate and key, where the system's own do not do. */
  tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;
  /** Stable over restarts and unlike every other process's: the broker keeps this name's messages while it is away. */
  clientId: string;
  /** Several consumers that share the devices' messages; absent: this is the only one. Order of a device holds only with one. */
  group?: string;
  /** 5, or 4 for MQTT 3.1.1. */
  version?: MqttVersion;
  /** How long the broker keeps what it holds for us while we are away. */
  sessionExpirySeconds?: number;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  limits: MqttFeedLimits;
  random?: () => number;
}>;

/** One consumer alone: as long as the shipped broker profile keeps a client. In a group: what is kept for one that is away reaches nobody else. */
const ALONE_SECONDS = 86_400;
const SHARED_SECONDS = 60;
const SOUND_MS = 10_000;
const BRIEF_IN_A_ROW = 3;
/** After the last message, before the broker counts as having given all it had for us. */
const QUIET_MS = 300;

/**
 * Devices in, from a broker that the city already runs (F1, F2). PUBACK to the broker when the message is durable with us, in order of
 * arrival, up to `limits.window` of them in flight; when the platform is full the socket is not read. It comes back by itself, for ever.
 * The broker has authenticated the devices and let each write its own topics only, so the topic says who speaks.
 * What the broker itself loses nobody acknowledged to us: gaps of sequence numbers tell it (C25).
 */
export function mqttFeed(deps: MqttFeedDeps): Feed {
  const { clock, meter, logger, limits } = deps;
  const plan = planOf(deps);
  const waits = backoff({ baseMs: limits.backoffBaseMs, capMs: limits.backoffCapMs, random: deps.random ?? Math.random });
  const watch = brokerWatch({ meter, logger });
  let link: Link | undefined;
  let inHand = 0;
  let stopping = false;
  let cancelRetry: () => void = () => undefined;
  let onIdle: () => void = () => undefined;
  let onStarted: () => void = () => undefined;
  let lives = 0;
  let brief = 0;
  let liveAt: number | undefined;
  let messageAt = 0;

  const taken = (began: number): void => {
    inHand -= 1;
    meter.observe('anlan_puback_seconds', (clock.mono() - began) / 1000);
    if (inHand <= limits.window / 2 && !stopping) link?.release();
    if (inHand === 0) onIdle();
  };
  const message = async ({ topic, payload, qos, retain }: Publish, handler: FeedHandler): Promise<void> => {
    if (topic.startsWith('$')) return watch.take(topic, payload);
    const deviceId = deviceIdOf(topic);
    if (deviceId === undefined) return meter.count('anlan_limit_total', 1, { entry: 'mqtt_topic', reason: 'bad_device_id' });
    const began = clock.mono();
    messageAt = began;
    inHand += 1;
    if (inHand >= limits.window) link?.hold();
    try {
      await handler.message({ deviceId, topic, payload, retain, qos, receivedAt: clock.now() });
    } finally {
      taken(began);
    }
  };
  const live = (sessionPresent: boolean): void => {
    lives += 1;
    liveAt = clock.mono();
    meter.gauge('anlan_broker_connected', 1);
    meter.count('anlan_broker_connects_total', 1, { outcome: sessionPresent ? 'resumed' : 'new_session' });
    if (!sessionPresent && lives > 1) logger.error('the MQTT broker has forgotten our session: what it held for us is lost');
    logger.info('connected to the MQTT broker', { host: plan.host, port: plan.port, sessionPresent });
    onStarted();
  };
  /** Only a connection that lasted makes the next attempt quick: neither a login nor a message shows that it is sound. */
  const judge = (end: LinkEnd): void => {
    const sound = liveAt !== undefined && clock.mono() - liveAt >= SOUND_MS;
    if (sound) brief = 0;
    else if (liveAt !== undefined && (end === 'closed' || end === 'taken_over')) brief += 1;
    liveAt = undefined;
    if (sound) waits.reset();
    if (brief === BRIEF_IN_A_ROW)
      logger.error('connections to the MQTT broker end as soon as they are made: does another process use this client id?');
  };
  const ended = (end: LinkEnd, detail: string, handler: FeedHandler): void => {
    link = undefined;
    meter.gauge('anlan_broker_connected', 0);
    if (stopping) return;
    meter.count('anlan_broker_connects_total', 1, { outcome: end });
    judge(end);
    // Two processes with one name would throw each other out as fast as they can.
    const waitMs = end === 'taken_over' ? limits.backoffCapMs : waits.next();
    logger.warn('the connection to the MQTT broker ended', { end, detail, waitMs });
    cancelRetry = clock.after(waitMs, () => open(handler));
  };
  const open = (handler: FeedHandler): void => {
    link = openLink(plan, {
      clock,
      limits,
      events: {
        live,
        message: (publish) => message(publish, handler),
        ended: (end, detail) => ended(end, detail, handler),
      },
    });
    if (inHand >= limits.window) link.hold();
  };
  /** Leaves the group and takes what the broker had already given to us, for as long as a drain may last. */
  const handOver = async (): Promise<void> => {
    const until = clock.mono() + limits.drainMs;
    const late = new AbortController();
    await Promise.race([link?.unsubscribe(), pause(clock, limits.drainMs, late.signal)]);
    late.abort();
    messageAt = clock.mono();
    while (link && clock.mono() < until && clock.mono() < messageAt + QUIET_MS) await pause(clock, QUIET_MS / 3);
  };
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(limits.drainMs, resolve);
      onIdle = () => {
        cancel();
        resolve();
      };
      if (inHand === 0) onIdle();
    });

  return {
    /** Resolves at the first subscription that stands, or when stopped before that. */
    start: (handler) =>
      new Promise((resolve) => {
        onStarted = () => resolve({ address: plan.host, port: plan.port });
        open(handler);
      }),
    /** Not ours to do: the connection is the broker's. What a disabled device sends is refused. */
    disconnect: () => undefined,
    async stop() {
      if (stopping) return;
      cancelRetry();
      // Who keeps no session would leave behind what the broker has already given to it.
      if (plan.version === 5 && plan.sessionExpirySeconds === 0) await handOver();
      stopping = true;
      cancelRetry();
      link?.hold();
      await idle();
      // What was kept in this very turn is acknowledged too.
      await new Promise((resolve) => setImmediate(resolve));
      link?.leave();
      onStarted();
    },
  };
}

function planOf(deps: MqttFeedDeps): LinkPlan {
  const { hostname, port, protocol } = new URL(deps.url);
  const secure = protocol === 'mqtts:';
  if (!secure && protocol !== 'mqtt:') throw new RangeError(`an MQTT address begins with mqtt:// or mqtts://, not ${protocol}`);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (secure ? 8883 : 1883),
    tls: secure ? (deps.tls ?? {}) : undefined,
    version: deps.version ?? 5,
    clientId: deps.clientId,
    user: deps.user,
    password: deps.password,
    sessionExpirySeconds: deps.sessionExpirySeconds ?? (deps.group === undefined ? ALONE_SECONDS : SHARED_SECONDS),
    filters: deviceFilters(deps.group),
    extras: WATCHED,
  };
}
