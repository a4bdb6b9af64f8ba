import type { DeadLetterCode, Digest, Millis } from '@anlan/contracts';
import { isTold, type Logger, type Tracer } from '@anlan/observability';
import type { Clock, FeedMessage } from '@anlan/ports';
import { takenSpan } from '../traces.js';
import type { Appender } from './appender.js';
import type { DeviceDirectory } from './directory.js';
import type { Gate } from './gate.js';
import type { PlaceInLine } from './lines.js';
import { parcelOf, type Parcel } from './parcel.js';
import { secondLook } from './second-look.js';

export type IntakeDeps = Readonly<{
  directory: DeviceDirectory;
  door: Gate;
  appender: Appender;
  tracer: Tracer;
  clock: Clock;
  logger: Logger;
  digest: Digest;
  /** Shows what other processes changed in the registry; absent where there are none. */
  refresh?(): Promise<void>;
  /** Start of this run, by which dead letters of different runs are told apart. */
  startedAt(): Millis;
}>;

/** On its way into the log. */
type Taken = Readonly<{ parcel: Parcel; trace: string | undefined; appended: Promise<void> }>;

/** Refusals that an import may have made wrong. */
const STRANGE: ReadonlySet<DeadLetterCode> = new Set(['unknown_metric', 'device_disabled']);

/**
 * From message to durable records, in the order of arrival of each device (P1, P2): resolves with what it became.
 * @throws LogUnavailable when it, or one of the device before it, was given up
 */
export function intake(deps: IntakeDeps): (message: FeedMessage, order: number, place: PlaceInLine) => Promise<Parcel> {
  const { directory, door, appender, tracer, clock, digest } = deps;
  const lookAgain = deps.refresh && secondLook({ clock, logger: deps.logger, refresh: deps.refresh });
  const parsed = (message: FeedMessage, order: number): Parcel =>
    parcelOf(message, { known: directory.find(message.deviceId), digest, place: `${deps.startedAt()}|${order}` });
  /** What an import in another process has just brought must not be refused here; what stays unknown is asked for once a second. */
  const isStrange = ({ refused }: Parcel): boolean => lookAgain !== undefined && refused.some((code) => STRANGE.has(code));
  const put = (message: FeedMessage, parcel: Parcel, place: PlaceInLine): Taken => {
    place.check();
    const trace = tracer.begin();
    const records = trace === undefined ? parcel.records : parcel.records.map((record) => ({ ...record, trace }));
    return { parcel, trace, appended: appender.append(records, message.deviceId) };
  };
  const follow = ({ deviceId, receivedAt: arrivedAt }: FeedMessage, at: string): void => {
    const siteId = directory.find(deviceId)?.siteId ?? '';
    tracer.tell(takenSpan({ at, deviceId, siteId, arrivedAt, durableAt: clock.now() }));
  };
  return async (message, order, place) => {
    const size = message.payload.length + message.topic.length;
    const room = door.enter(size);
    if (room) await room;
    try {
      const first = parsed(message, order);
      const again = async (): Promise<Parcel> => (isStrange(first) && (await lookAgain?.()) ? parsed(message, order) : first);
      const { parcel, trace, appended } =
        isStrange(first) || place.isBehind()
          ? await place.inTurn(async () => put(message, await again(), place))
          : put(message, first, place);
      await appended;
      if (trace !== undefined && isTold(trace)) follow(message, trace);
      return parcel;
    } catch (error) {
      place.failed(error);
      throw error;
    } finally {
      door.leave(size);
    }
  };
}
