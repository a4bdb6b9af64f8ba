import type { Alarm, Millis } from '@anlan/contracts';
import { waitBy, windows } from '@anlan/flows';
import { Subject, Subscription } from 'rxjs';
import type { GatewayDeps } from '../deps.js';
import { quietly } from './repeating.js';
import { giveAlarms, type Seat } from './seat.js';

const PAGE = 200;
/** Changes that come together within this time go out together. */
const GATHER_MS: Millis = 20;

type TailDeps = Pick<GatewayDeps, 'alarms' | 'clock' | 'logger' | 'registry' | 'settings'>;
export type AlarmTail = Readonly<{
  start(): Promise<void>;
  position(): number;
  /** Something changed: read on, soon and once. */
  wake(): void;
  /** Brings a seat up to now; false when too much was missed. */
  catchUp(seat: Seat): Promise<boolean>;
  stop(): void;
}>;

/** Reads changed alarms in the order in which they were written and hands each page on, once. */
export function alarmTail(
  { alarms, clock, logger, registry, settings }: TailDeps,
  hand: (page: readonly Alarm[], upTo: number) => void,
): AlarmTail {
  let position = 0;
  let reading = Subscription.EMPTY;
  const wakes = new Subject<void>();

  const readOn = async (): Promise<void> => {
    for (;;) {
      const page = await alarms.changesSince({ regionCodes: null }, position, PAGE);
      if (page.alarms.length === 0) return;
      position = page.position;
      hand(page.alarms, position);
    }
  };
  // What wakes it while it reads makes it read once more.
  const work = quietly(logger, 'Stream cannot read alarms', readOn);
  const reads = wakes.pipe(windows({ everyMs: GATHER_MS, keyOf: () => 'alarms', work, wait: waitBy(clock) }));
  return {
    async start() {
      position = await alarms.newestChange();
      reading = reads.subscribe();
    },
    position: () => position,
    wake: () => wakes.next(),
    async catchUp(seat) {
      for (let left = settings.limits.streamCatchUp; left > 0 && seat.position < position; left -= PAGE) {
        const page = await alarms.changesSince(seat.client.scope(), seat.position, Math.min(PAGE, left));
        if (page.alarms.length === 0) seat.position = Math.max(page.position, position);
        else if (!giveAlarms(seat, page.alarms, page.position, registry.current())) return true;
      }
      // No waiting from here on: what is handed out next finds the seat either live or behind.
      const whole = seat.position >= position;
      seat.position = Math.max(seat.position, position);
      seat.live = true;
      return whole;
    },
    stop: () => reading.unsubscribe(),
  };
}
