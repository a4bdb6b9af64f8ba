import { CHANNELS, type AlarmLevel, type ChannelName } from '@anlan/contracts';
import type { Channel, Fanout, Flow } from '@anlan/ports';
import { bell } from '../bell.js';
import { pump } from '../pump.js';
import { lane } from './lane.js';
import type { SendDeps } from './send.js';

export type NotifierFlowDeps = Omit<SendDeps, 'channels'> &
  Readonly<{
    channels: readonly Channel[];
    /** Tells of alarms that changed. What it does not tell is found within a second. */
    fanout: Pick<Fanout, 'subscribe'>;
  }>;

const NAME = 'notifier';
const GRAVE: readonly AlarmLevel[] = ['red', 'orange'];
const MILD: readonly AlarmLevel[] = ['yellow', 'blue'];
/** Messages under way at once. Lanes do not share hands: blue cannot delay red, nor a hanging webhook the outbox. */
const GRAVE_HANDS = 8;
const MILD_HANDS = 2;

/**
 * Outbox rows to people, a lane of its own for each channel and gravity.
 *
 * R-18  A row keeps its id through every attempt; nothing is sent again after a recorded success.
 * R-19  Rows leave the table only as sent, carried by another, cancelled by an acknowledgement, or given up loudly.
 */
export function notifierFlow({ channels: all, fanout, ...deps }: NotifierFlowDeps): Flow {
  const { clock, meter, logger } = deps;
  const channels = new Map<ChannelName, Channel>(all.map((channel) => [channel.name, channel]));
  let trouble = '';
  // Messages of blue and yellow are due only when they have waited for others, so nobody rings for them.
  const [grave, mild] = [bell(clock), bell(clock)];
  let unsubscribe: () => void = () => undefined;

  // A lane for each channel that a row may name, also one that is not installed: its rows fail loudly instead of waiting for ever.
  const lanes = CHANNELS.flatMap((channel) => [
    lane({ ...deps, channels, rung: grave }, { channel, levels: GRAVE }, GRAVE_HANDS),
    lane({ ...deps, channels, rung: mild }, { channel, levels: MILD }, MILD_HANDS),
  ]);
  const pumps = lanes.map((each) =>
    pump({
      clock,
      async pull(signal) {
        await each.turn(signal);
        trouble = '';
      },
      onFailure(error) {
        meter.count('anlan_flow_failures_total', 1, { flow: NAME });
        if (trouble === '') logger.warn('notifications cannot be read and are tried again', { reason: String(error) });
        trouble = String(error);
      },
    }),
  );

  return {
    name: NAME,
    async start() {
      unsubscribe = fanout.subscribe(['alarm'], ({ alarm }) => {
        if (GRAVE.includes(alarm.level)) grave.ring();
      });
      for (const each of pumps) each.start();
    },
    async drain() {
      unsubscribe();
      await Promise.all(pumps.map((each) => each.drain()));
      await Promise.all(lanes.map((each) => each.finish()));
    },
    health: () => ({ ok: trouble === '', lag: lanes.reduce((sum, each) => sum + each.inHand(), 0), detail: trouble }),
  };
}
