/** How the process ends, so that a supervisor can tell what to do (sysexits.h where it has a word for it). */
export const EXIT = {
  ok: 0,
  /** A bug, or a state that only a restart may heal. */
  failed: 1,
  /** The data folder is in use, read-only, full or corrupt. */
  data: 74,
  /** Another process took over its work: a fresh start is right. */
  fenced: 75,
  /** A bad setting: starting again will not help. */
  config: 78,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
