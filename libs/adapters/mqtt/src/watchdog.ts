import type { Millis } from '@anlan/contracts';
import type { Clock } from '@anlan/ports';

/** Notices a broker that is silent without having closed: TCP alone takes minutes. */
export type Watchdog = Readonly<{ start(everyMs: Millis): void; heard(): void; stop(): void }>;
export type WatchdogDeps = Readonly<{
  clock: Clock;
  ask(): void;
  /** True while we do not listen ourselves; silence means nothing then. */
  deaf(): boolean;
  onSilent(): void;
}>;

/** A process that was itself asleep finds its timers before its bytes: it looks again before giving up. */
const SUSPECT_MS = 500;

/** Asks every `everyMs` and gives up when nothing at all was heard until the next time. */
export function watchdog({ clock, ask, deaf, onSilent }: WatchdogDeps): Watchdog {
  let heardAt = -Infinity;
  let cancel: () => void = () => undefined;
  const round = (everyMs: Millis): void => {
    const askedAt = clock.mono();
    const fine = (): boolean => deaf() || heardAt >= askedAt;
    ask();
    cancel = clock.after(everyMs, () => {
      if (fine()) round(everyMs);
      else cancel = clock.after(SUSPECT_MS, () => (fine() ? round(everyMs) : onSilent()));
    });
  };
  return {
    start: round,
    heard() {
      heardAt = clock.mono();
    },
    stop: () => cancel(),
  };
}
