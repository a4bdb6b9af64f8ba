import type { AlarmLevel } from '@anlan/contracts';

/**
 * Shape of each level in a box of 24: corners 4, 4 on its tip, 3, none. Told apart without colour; a square and an octagon would not be.
 * The same four on list, map, chart and print.
 */
export const LEVEL_PATH: Readonly<Record<AlarmLevel, string>> = {
  red: 'M3.5 3.5H20.5V20.5H3.5Z',
  orange: 'M12 2L22 12L12 22L2 12Z',
  yellow: 'M12 2.8L22.3 20.8H1.7Z',
  blue: 'M12 4A8 8 0 1 1 12 20A8 8 0 1 1 12 4Z',
};
/** The line a ring follows: the shape drawn in. */
export const RING_PATH: Readonly<Record<AlarmLevel, string>> = {
  red: 'M5.2 5.2H18.8V18.8H5.2Z',
  orange: 'M12 4.4L19.6 12L12 19.6L4.4 12Z',
  yellow: 'M12 6.2L19.6 19.2H4.4Z',
  blue: 'M12 5.6A6.4 6.4 0 1 1 12 18.4A6.4 6.4 0 1 1 12 5.6Z',
};

/** Full: nobody has seen it. Ring: seen. Open ring: seen and back to normal. Tick: closed. */
export type ShapeState = 'full' | 'ring' | 'open' | 'closed';

export function shapeStateOf(alarm: Readonly<{ ack: string; process: string; work: string }>): ShapeState {
  if (alarm.work === 'closed' || alarm.work === 'false_alarm') return 'closed';
  if (alarm.ack === 'unacked') return 'full';
  return alarm.process === 'normal' ? 'open' : 'ring';
}
