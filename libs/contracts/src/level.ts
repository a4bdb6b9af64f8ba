/** The four colours of a public-safety alarm, least first. Never a bare number: 一级 is worst for warnings, lowest for gas detectors. */
export const ALARM_LEVELS = ['blue', 'yellow', 'orange', 'red'] as const;
export type AlarmLevel = (typeof ALARM_LEVELS)[number];
/** A level with "nothing wrong" below the four colours. */
export const LEVELS = ['normal', ...ALARM_LEVELS] as const;
export type Level = (typeof LEVELS)[number];

const RANK: Readonly<Record<Level, number>> = { normal: 0, blue: 1, yellow: 2, orange: 3, red: 4 };

/** 0 for normal up to 4 for red; for comparing only, never shown. */
export function rankOf(level: Level): number {
  return RANK[level];
}

/** Negative when `a` is milder than `b`, 0 when equal, positive when graver. */
export function compareLevels(a: Level, b: Level): number {
  return RANK[a] - RANK[b];
}

/** The graver of two levels. */
export function graver<L extends Level>(a: L, b: L): L {
  return RANK[a] >= RANK[b] ? a : b;
}
