import type { Clock } from '@anlan/ports';
import type { Rng } from './rng.js';
import { type Scheduler, clockOf } from './scheduler.js';

/** How bad the world of a seed is: probabilities a call, and times in ms. Drawn a seed (swarm), so seeds differ in kind. */
export type Weather = Readonly<{
  killBefore: number;
  killAfter: number;
  errorBefore: number;
  /** The effect happened but the caller is told it failed. */
  errorAfter: number;
  slow: number;
  maxLatencyMs: number;
  /** A killed process may wake again beside its successor, as after a long pause. */
  zombie: number;
  /** At a save: it dies, its successor saves, it wakes and saves too, the successor dies, and a third one goes on from what is saved then. */
  duel: number;
}>;

export const CALM: Weather = { killBefore: 0, killAfter: 0, errorBefore: 0, errorAfter: 0, slow: 0, maxLatencyMs: 3, zombie: 0, duel: 0 };

export function drawWeather(rng: Rng): Weather {
  const maybe = (most: number): number => (rng.chance(0.7) ? rng.next() * most : 0);
  return {
    killBefore: maybe(0.004),
    killAfter: maybe(0.006),
    errorBefore: maybe(0.03),
    errorAfter: maybe(0.02),
    slow: maybe(0.02),
    maxLatencyMs: rng.int(1, 30),
    zombie: maybe(0.5),
    duel: maybe(0.2),
  };
}

/** One life of one process. What it awaits after its death never settles. */
export type Incarnation = Readonly<{
  name: string;
  number: number;
  clock: Clock;
  alive(): boolean;
  /** Wraps a port for this life: latency, failures before and after the effect, and death at the call. */
  wrap<T extends object>(portName: string, port: T, options?: Readonly<{ plain?: readonly string[]; error?: () => Error }>): T;
}>;

export type Process = Readonly<{ name: string; restarts(): number; kill(): void; stop(): Promise<void> }>;
type Running = Readonly<{ start(): Promise<void>; drain(): Promise<void> }>;
export type Host = Readonly<{
  spawn(name: string, build: (life: Incarnation) => Running): Process;
  /** From now on no faults. */
  calm(): void;
  sometimes: Map<string, number>;
}>;

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
const RESTART_MS = 200;
/** A zombie goes on with its call within this time. */
const WAKING_MS = 100;
const DUEL_AT = 'checkpoints.save';
/** Its successor has saved at least once by then: rules do so every 3 s. */
const DUELIST_SLEEPS_MS = [3_200, 6_000] as const;

export function hostOf(scheduler: Scheduler, rng: Rng, weather: Weather): Host {
  let current = weather;
  const sometimes = new Map<string, number>();
  const seen = (what: string): void => void sometimes.set(what, (sometimes.get(what) ?? 0) + 1);
  const delay = (ms: number): Promise<void> => new Promise((resolve) => void scheduler.after(ms, resolve));

  function spawn(name: string, build: (life: Incarnation) => Running): Process {
    let number = 0;
    let live: { dead: boolean; running: Running } | undefined;
    let stopped = false;

    const start = (): void => {
      if (stopped) return;
      const state = { dead: false };
      const life = lifeOf(name, ++number, state, { die, duel });
      const running = build(life);
      live = Object.assign(state, { running });
      running.start().catch(() => {
        if (!state.dead) die(state, 'start failed');
      });
    };

    /** Kills the life that `state` stands for; a successor starts a little later. Some dead wake again as zombies. */
    function die(state: { dead: boolean }, why: string): void {
      if (state.dead) return;
      state.dead = true;
      seen(`${name} ${why}`);
      if (current.zombie > 0 && rng.chance(current.zombie)) wake(state, RESTART_MS + rng.int(1, 3_000));
      scheduler.after(RESTART_MS, start);
    }
    function wake(state: { dead: boolean }, afterMs: number): void {
      scheduler.after(afterMs, () => {
        state.dead = false;
        seen(`${name} woke as a zombie`);
        scheduler.after(rng.int(50, 2_000), () => {
          state.dead = true;
        });
      });
    }
    function duel(state: { dead: boolean }): void {
      if (state.dead) return;
      state.dead = true;
      seen(`${name} fought a duel`);
      const wakesMs = RESTART_MS + rng.int(...DUELIST_SLEEPS_MS);
      wake(state, wakesMs);
      scheduler.after(wakesMs + rng.int(WAKING_MS, 3 * WAKING_MS), () => live && live !== state && die(live, 'killed beside a zombie'));
      scheduler.after(RESTART_MS, start);
    }

    start();
    return {
      name,
      restarts: () => number - 1,
      kill: () => live && die(live, 'killed'),
      stop: async () => {
        stopped = true;
        if (live && !live.dead) await live.running.drain();
      },
    };
  }

  function lifeOf(
    name: string,
    number: number,
    state: { dead: boolean },
    { die, duel }: Readonly<{ die(state: { dead: boolean }, why: string): void; duel(state: { dead: boolean }): void }>,
  ): Incarnation {
    const alive = (): boolean => !state.dead;
    /** Waits until this life may go on; a dead one waits for ever, a zombie goes on when it wakes. */
    const onlyAlive = async (): Promise<void> => {
      while (state.dead) {
        if (current.zombie === 0 && current.duel === 0) await never();
        await delay(WAKING_MS);
      }
    };
    const call = async (what: string, effect: () => Promise<unknown>, error: () => Error): Promise<unknown> => {
      await onlyAlive();
      await delay(rng.chance(current.slow) ? rng.int(100, 2_000) : rng.int(0, current.maxLatencyMs));
      await onlyAlive();
      if (what === DUEL_AT && rng.chance(current.duel)) {
        duel(state);
        await onlyAlive();
      }
      if (rng.chance(current.killBefore)) {
        die(state, `killed before ${what}`);
        await onlyAlive();
      }
      if (rng.chance(current.errorBefore)) {
        seen(`${what} failed before its effect`);
        throw error();
      }
      const result = await effect();
      if (rng.chance(current.killAfter)) {
        die(state, `killed after ${what}`);
        await onlyAlive();
      }
      if (rng.chance(current.errorAfter)) {
        seen(`${what} failed after its effect`);
        throw error();
      }
      await onlyAlive();
      return result;
    };
    return {
      name,
      number,
      clock: clockOf(scheduler, alive),
      alive,
      wrap(portName, port, { plain = [], error = () => new Error(`${portName} unavailable`) } = {}) {
        const wrapped: Record<string, unknown> = {};
        for (const [method, body] of Object.entries(port)) {
          const isCall = typeof body === 'function' && !plain.includes(method);
          wrapped[method] = isCall
            ? (...args: unknown[]) =>
                call(`${portName}.${method}`, () => Promise.resolve((body as (...a: unknown[]) => unknown)(...args)), error)
            : body;
        }
        return wrapped as typeof port;
      },
    };
  }

  return { spawn, calm: () => (current = CALM), sometimes };
}
