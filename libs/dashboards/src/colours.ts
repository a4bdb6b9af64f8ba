import type { AlarmLevel } from '@anlan/contracts';

/**
 * Colours of the console's dark theme, so that a level looks the same on the wall and on the duty desk. The four hues belong
 * to the levels alone: ordinary series are drawn in teal and grey.
 */
export const LEVEL_COLOUR = { red: '#DB2340', orange: '#FF8533', yellow: '#FFE14A', blue: '#4F9BFF' } as const satisfies Record<
  AlarmLevel,
  string
>;
export const LEVEL_NAME = { red: '红色', orange: '橙色', yellow: '黄色', blue: '蓝色' } as const satisfies Record<AlarmLevel, string>;
/** Nothing wrong, or nothing to judge. */
export const NEUTRAL = '#98A1A8';
/** Ordinary series. */
export const SERIES = '#45BDB5';
