import { isoOf, type HeartbeatJson, type Millis } from '@anlan/contracts';
import { waitBy, windows } from '@anlan/flows';
import type { BroadcastOf, RegionScope } from '@anlan/ports';
import { Subject, Subscription } from 'rxjs';
import type { GatewayDeps } from '../deps.js';
import { inScope, regionOfDevice } from '../http/scope.js';
import { backlog } from '../views/in-flight.js';
import type { Overviews } from '../views/overview.js';
import { alarmTail } from './alarm-tail.js';
import { FAILED, quietly, repeating } from './repeating.js';
import { give, giveAlarms, takeReadings, takeSeat, type Seat, type StreamClient } from './seat.js';

const READINGS_EVERY_MS: Millis = 250;
const OVERVIEW_EVERY_MS: Millis = 1_000;
/** Readings alone change only the ledger of an overview; it is told with the heartbeat, and overviews between two may keep it. */
const LEDGER_KEPT_MS: Millis = 4_000;
const HEARTBEAT_EVERY_MS: Millis = 5_000;

export type StreamHub = Readonly<{
  /** Why no more may come, or undefined. */
  refusal(userId: string): string | undefined;
  /** Adds a client that has seen everything up to `lastId`; null: it begins now. The result takes it out. */
  join(client: StreamClient, lastId: number | null): () => void;
  start(): Promise<void>;
  /** Ends all streams. */
  stop(): void;
}>;
type HubDeps = Pick<
  GatewayDeps,
  'alarms' | 'registry' | 'fanout' | 'clock' | 'logger' | 'meter' | 'log' | 'ledger' | 'readiness' | 'settings'
> &
  Readonly<{ overviews: Overviews }>;

/**
 * What happens, to all who watch. Alarms are read from the store in the order of writing, so none is lost and a client resumes by
 * position; readings are the newest a point, four times a second; everything else may be lost, because it can be read again.
 */
export function streamHub(deps: HubDeps): StreamHub {
  const { registry, fanout, logger, meter, settings } = deps;
  const seats = new Set<Seat>();
  /** Something that an overview may show has changed. */
  const changes = new Subject<void>();
  /** Readings came since the last heartbeat. */
  let read = false;
  let overviewing = Subscription.EMPTY;
  let stopped = false;
  let unsubscribe: () => void = () => undefined;
  let deafen: () => void = () => undefined;
  let unfollow: () => void = () => undefined;

  const leave = (seat: Seat, close: boolean): void => {
    if (!seats.delete(seat)) return;
    meter.gauge('anlan_streams', seats.size);
    if (seats.size === 0) {
      whileWatched.stop();
      deafen();
    }
    if (close) seat.client.close();
  };
  const tell = (seat: Seat, said: boolean): void => {
    if (!said) leave(seat, false);
  };
  const tail = alarmTail(deps, (page, upTo) => {
    for (const seat of seats) if (seat.live && seat.position < upTo) tell(seat, giveAlarms(seat, page, upTo, registry.current()));
  });

  const flushReadings = async (): Promise<void> => {
    for (const seat of seats)
      if (seat.live && seat.readings.size > 0) tell(seat, give(seat, 'reading', takeReadings(seat, registry.current())));
  };
  const sendOverviews = async (): Promise<void> => {
    for (const seat of [...seats]) tell(seat, await giveOverview(deps.overviews, seat));
  };
  const heartbeat = async (): Promise<void> => {
    tail.wake();
    if (seats.size === 0) return;
    if (read) changes.next();
    read = false;
    const beat = await heartbeatOf(deps);
    for (const seat of [...seats]) {
      if (await seat.client.valid()) tell(seat, give(seat, 'heartbeat', beat));
      else leave(seat, true);
    }
  };
  const whileWatched = repeating(deps, [[READINGS_EVERY_MS, flushReadings]]);
  const overviewTurns = changes.pipe(
    windows({
      everyMs: OVERVIEW_EVERY_MS,
      keyOf: () => 'overview',
      work: quietly(logger, FAILED, sendOverviews),
      wait: waitBy(deps.clock),
    }),
  );
  const always = repeating(deps, [[HEARTBEAT_EVERY_MS, heartbeat]]);

  const hearReadings = ({ readings }: BroadcastOf<'readings'>): void => {
    read = true;
    for (const seat of seats) for (const reading of readings) seat.readings.set(reading.pointId, reading);
  };
  const hear = (broadcast: BroadcastOf<'alarm' | 'device'>): void => {
    if (seats.size > 0) changes.next();
    if (broadcast.kind === 'alarm') tail.wake();
    else for (const seat of seats) tell(seat, giveDevice(registry, seat, broadcast));
  };

  return {
    refusal(userId) {
      if (stopped) return 'The server is stopping.';
      if (seats.size >= settings.limits.streams) return 'Too many streams are open.';
      const own = [...seats].filter((seat) => seat.client.userId === userId).length;
      return own >= settings.limits.streamsPerUser ? `You have ${own} streams open already.` : undefined;
    },
    join(client, lastId) {
      // A position from before a restore lies ahead of ours: begin now.
      const seat = takeSeat(client, lastId === null || lastId > tail.position() ? tail.position() : lastId);
      // Most broadcasts are readings: they are listened for only while somebody watches.
      if (seats.size === 0) deafen = fanout.subscribe(['readings'], hearReadings);
      seats.add(seat);
      meter.gauge('anlan_streams', seats.size);
      whileWatched.start();
      changes.next();
      const greet = async (): Promise<void> => {
        if (!(await tail.catchUp(seat))) tell(seat, give(seat, 'resync', { reason: 'Too much was missed.' }));
        tell(seat, give(seat, 'heartbeat', await heartbeatOf(deps)));
      };
      greet().catch((error: unknown) => {
        logger.warn('Stream cannot catch up', { error: error instanceof Error ? error.message : String(error) });
        leave(seat, true);
      });
      return () => leave(seat, false);
    },
    async start() {
      await tail.start();
      overviewing = overviewTurns.subscribe();
      unsubscribe = fanout.subscribe(['alarm', 'device'], hear);
      unfollow = registry.onChange(({ version }) => {
        for (const seat of seats) tell(seat, give(seat, 'registry', { version }));
      });
      always.start();
    },
    stop() {
      stopped = true;
      unsubscribe();
      unfollow();
      overviewing.unsubscribe();
      always.stop();
      tail.stop();
      for (const seat of [...seats]) leave(seat, true);
    },
  };
}

function giveDevice(registry: HubDeps['registry'], seat: Seat, { deviceId, online }: BroadcastOf<'device'>): boolean {
  return !seesDevice(registry, seat.client.scope(), deviceId) || give(seat, 'device', { deviceId, online });
}

function seesDevice(registry: HubDeps['registry'], scope: RegionScope, deviceId: string): boolean {
  const region = regionOfDevice(registry.current(), deviceId);
  return region !== undefined && inScope(scope, region);
}

async function giveOverview(overviews: Overviews, seat: Seat): Promise<boolean> {
  const overview = await overviews.of(seat.client.scope(), LEDGER_KEPT_MS);
  const { at: _at, ...facts } = overview;
  const text = JSON.stringify(facts);
  if (text === seat.overview) return true;
  seat.overview = text;
  return give(seat, 'overview', overview);
}

async function heartbeatOf({ log, ledger, clock, readiness }: HubDeps): Promise<HeartbeatJson> {
  const { behind, oldestAt } = await backlog({ log, ledger });
  const now = clock.now();
  return {
    serverTime: isoOf(now),
    lagMs: oldestAt === null ? 0 : Math.max(0, Math.round(now - oldestAt)),
    behind,
    ready: readiness().ready,
  };
}
