import type { Millis } from '@anlan/contracts';
import type { GatewayDeps } from '../deps.js';

type Task = readonly [everyMs: Millis, work: () => Promise<void>];
/** Both may be called again and again. */
export type Repeating = Readonly<{ start(): void; stop(): void }>;

/** What is logged of a failure. */
export const FAILED = 'Stream event failed';

/** Runs each task again and again, its pause counted from the end of the run before. A failure is logged and the next run comes all the same. */
export function repeating({ clock, logger }: Pick<GatewayDeps, 'clock' | 'logger'>, tasks: readonly Task[]): Repeating {
  const cancels = new Map<Task, () => void>();
  /** Grows with each start and stop, so that a run that began before does not go on after. */
  let era = 0;
  let running = false;
  const turn = async (task: Task, began: number): Promise<void> => {
    await quietly(logger, FAILED, task[1])();
    arm(task, began);
  };
  const arm = (task: Task, began: number): void => {
    if (began === era)
      cancels.set(
        task,
        clock.after(task[0], () => void turn(task, began)),
      );
  };
  return {
    start() {
      if (running) return;
      running = true;
      era += 1;
      for (const task of tasks) arm(task, era);
    },
    stop() {
      running = false;
      era += 1;
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
    },
  };
}

/** The same work with its failure logged under `what` instead of passed on. */
export function quietly(logger: GatewayDeps['logger'], what: string, work: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await work();
    } catch (error) {
      logger.warn(what, { error: error instanceof Error ? error.message : String(error) });
    }
  };
}
