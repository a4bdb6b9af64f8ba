import type { DeadLetter, Digest, LocalToUtc, Millis } from '@anlan/contracts';
import { silentTracer, type Logger, type Meter, type Tracer } from '@anlan/observability';
import {
  pause,
  type AuthOutcome,
  type Clock,
  type Credentials,
  type DeviceStatusStore,
  type Fanout,
  type Feed,
  type FeedHandler,
  type FeedMessage,
  type Flow,
  type Log,
  type RegistrySource,
} from '@anlan/ports';
import { pump } from '../pump.js';
import { orderedAppender } from './appender.js';
import { deviceDirectory } from './directory.js';
import { gate } from './gate.js';
import { intake } from './intake.js';
import { deviceLines } from './lines.js';
import { deviceEventRecord, type Parcel } from './parcel.js';
import { pulse } from './pulse.js';
import { deviceRate, heldAnswers } from './rate.js';
import { letterRetrier } from './retrier.js';
import type { RetryOutcome } from './retry.js';
import { statusBoard } from './status-board.js';

export type IngestLimits = Readonly<{
  /** In hand at once; beyond it devices wait for their PUBACK. */
  messagesInHand: number;
  bytesInHand: number;
  /** After so long without the log a message is given up: no PUBACK, the device sends again. */
  giveUpMs: Millis;
  /** Readings a second of one device, and how many it may send ahead of that (back-fill). */
  readingsPerSecond: number;
  readingsBurst: number;
  /** Retention of readings; older ones are refused. Null: any age. */
  maxAgeMs: Millis | null;
}>;
export const INGEST_LIMITS: IngestLimits = {
  messagesInHand: 2_000,
  bytesInHand: 64 * 1024 * 1024,
  giveUpMs: 30_000,
  readingsPerSecond: 200,
  readingsBurst: 20_000,
  maxAgeMs: 400 * 86_400_000,
};

export type IngestDeps = Readonly<{
  feed: Feed;
  log: Log;
  credentials: Credentials;
  registry: RegistrySource;
  /** Shows what other processes changed in the registry; absent where there are none. */
  refresh?(): Promise<void>;
  deviceStatus: DeviceStatusStore;
  /** Other processes take in readings too. */
  shared?: boolean;
  fanout: Fanout;
  clock: Clock;
  meter: Meter;
  tracer?: Tracer;
  logger: Logger;
  digest: Digest;
  zones: (zone: string) => LocalToUtc;
  limits: IngestLimits;
}>;

export type IngestFlow = Flow &
  Readonly<{
    /** Where devices connect, once started. */
    listening(): Readonly<{ address: string; port: number }> | undefined;
    /** Tries a dead letter again with today's registry. */
    retry(letter: DeadLetter): Promise<RetryOutcome>;
  }>;

const FLUSH_MS = 1_000;
/** Last message times are saved every so many flushes. */
const WHOLE_FLUSH_EVERY = 30;

/**
 * Devices in, durable records out.
 * P1  A message resolves only when all it became stands in the log; a feed acknowledges after that.
 * P2  The log keeps the order of arrival of one connection. What is given up takes what came behind it along.
 * P3  `up` stands in the log before the first message of this run.
 */
export function ingestFlow(deps: IngestDeps): IngestFlow {
  const { feed, log, clock, meter, tracer = silentTracer, logger, digest, limits } = deps;
  const directory = deviceDirectory({ registry: deps.registry, zones: deps.zones, maxAgeMs: limits.maxAgeMs });
  const beat = pulse({ log, clock, meter });
  const appender = orderedAppender({ log, clock, meter, logger, giveUpMs: limits.giveUpMs, onAppended: beat.appended });
  const door = gate({ messages: limits.messagesInHand, bytes: limits.bytesInHand });
  const lines = deviceLines();
  const rate = deviceRate({ perSecond: limits.readingsPerSecond, burst: limits.readingsBurst });
  const board = statusBoard({ store: deps.deviceStatus, fanout: deps.fanout, clock, shared: deps.shared ?? false });
  const answers = heldAnswers(clock);
  const retry = letterRetrier({ directory, clock, digest, append: (records) => appender.append(records) });
  let listening: Readonly<{ address: string; port: number }> | undefined;
  let startedAt = 0;
  let arrivals = 0;
  let flushes = 0;

  const durable = intake({ ...deps, tracer, directory, door, appender, startedAt: () => startedAt });
  const told = ({ deviceId, receivedAt }: FeedMessage, parcel: Parcel, order: number): void => {
    if (parcel.accepted > 0) meter.count('anlan_readings_total', parcel.accepted, { outcome: 'accepted' });
    for (const code of parcel.refused) meter.count('anlan_dead_letters_total', 1, { code });
    board.heard(deviceId, receivedAt);
    if (parcel.status) board.say({ deviceId, ...parcel.status, order });
  };
  const handler: FeedHandler = {
    async authenticate(deviceId, secret): Promise<AuthOutcome> {
      try {
        return await deps.credentials.verify(deviceId, secret);
      } catch (error) {
        logger.warn('credentials could not be checked', { reason: String(error) });
        return 'unavailable';
      }
    },
    async message(message) {
      const order = ++arrivals;
      meter.count('anlan_messages_total');
      const place = lines.enter(message.deviceId);
      try {
        const parcel = await durable(message, order, place);
        told(message, parcel, order);
        const waitMs = rate(message.deviceId, Math.max(1, parcel.accepted + parcel.refused.length), clock.mono());
        if (waitMs > 0) await answers.hold(waitMs);
      } finally {
        place.leave();
      }
    },
    presence(deviceId, online, at) {
      board.say({ deviceId, online, at, order: ++arrivals, held: true });
    },
    trouble(deviceId, kind, at) {
      const siteId = directory.find(deviceId)?.siteId ?? '';
      appender
        .append([deviceEventRecord({ kind, deviceId, siteId, arrivedAt: at })])
        .catch((error: unknown) => logger.warn('a device event was lost', { deviceId, reason: String(error) }));
    },
  };
  const failed = (error: unknown): void => {
    meter.count('anlan_flow_failures_total', 1, { flow: 'ingest' });
    logger.warn('a step of ingest failed and is tried again', { reason: String(error) });
  };
  const ticks = pump({ clock, pull: beat.beat, onFailure: failed });
  const flushing = pump({
    clock,
    async pull(signal) {
      await pause(clock, FLUSH_MS, signal);
      flushes += 1;
      await board.flush(flushes % WHOLE_FLUSH_EVERY === 0);
    },
    onFailure: failed,
  });

  return {
    name: 'ingest',
    async start() {
      startedAt = clock.now();
      await board.load();
      await beat.write({ kind: 'up', at: startedAt }, limits.giveUpMs);
      ticks.start();
      flushing.start();
      listening = await feed.start(handler);
    },
    async drain() {
      answers.release();
      await feed.stop();
      await appender.drain();
      await Promise.all([ticks.drain(), flushing.drain()]);
      await board.flush(true);
    },
    health: () => ({
      ok: listening !== undefined && !appender.stalled(),
      lag: door.inHand(),
      detail: appender.stalled() ? 'the log takes no records' : listening ? '' : 'not listening yet',
    }),
    listening: () => listening,
    retry,
  };
}
