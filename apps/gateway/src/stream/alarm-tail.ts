import type { Alarm, Millis } from '@anlan/contracts';
import type { GatewayDeps } from '../deps.js';
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
  let again = false;
  let running = false;
  let cancel: (() => void) | undefined;

  const readOn = async (): Promise<void> => {
    for (;;) {
      const page = await alarms.changesSince({ regionCodes: null }, position, PAGE);
      if (page.alarms.length === 0) return;
      position = page.position;
      hand(page.alarms, position);
    }
  };
  const run = async (): Promise<void> => {
    running = true;
    do {
      again = false;
      try {
        await readOn();
      } catch (error) {
        logger.warn('Stream cannot read alarms', { error: error instanceof Error ? error.message : String(error) });
      }
    } while (again);
    running = false;
  };
  return {
    async start() {
      position = await alarms.newestChange();
    },
    position: () => position,
    wake() {
      if (running) again = true;
      else
        cancel ??= clock.after(GATHER_MS, () => {
          cancel = undefined;
          void run();
        });
    },
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
    stop: () => cancel?.(),
  };
}
