/** How often and how far apart a message is tried. Figures are 平台推荐值. */
import type { AlarmLevel, Millis, Notification } from '@anlan/contracts';

const FIRST_WAIT_MS: Millis = 1_000;
const LAST_WAIT_MS: Millis = 300_000;
const MAX_ATTEMPTS = { blue: 10, yellow: 10, orange: 20, red: 20 } as const satisfies Record<AlarmLevel, number>;

/** Wait before the next attempt: 1 s after the first, doubling to 5 min; longer where the provider asked for it. Null: that was the last. */
export function waitAfter({ level, attempts }: Pick<Notification, 'level' | 'attempts'>, askedMs = 0): Millis | null {
  if (attempts >= MAX_ATTEMPTS[level]) return null;
  const backoffMs = FIRST_WAIT_MS * 2 ** Math.max(0, attempts - 1);
  return Math.min(Math.max(backoffMs, askedMs), LAST_WAIT_MS);
}
