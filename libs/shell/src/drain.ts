import type { Clock, Flow } from '@anlan/ports';
import type { Logger } from '@anlan/observability';

export type DrainStep = Readonly<{ name: string; drain(): Promise<void> }>;
export type DrainDeps = Readonly<{
  clock: Clock;
  logger: Logger;
  /** All steps together; what is left is given up after it. */ withinMs: number;
}>;

/**
 * Ends the steps one after another, each having finished what it had in hand. A step that fails is logged and
 * does not keep the others from ending. Returns the names of those that failed or were not reached in time.
 */
export async function drainInOrder(steps: readonly DrainStep[], { clock, logger, withinMs }: DrainDeps): Promise<readonly string[]> {
  const left = new Set(steps.map((step) => step.name));
  let late = false;
  const run = async (): Promise<void> => {
    for (const step of steps) {
      if (late) return;
      try {
        await step.drain();
        left.delete(step.name);
      } catch (error) {
        logger.error('Could not end cleanly', { step: step.name, error: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  await new Promise<void>((resolve) => {
    const cancel = clock.after(withinMs, () => {
      late = true;
      logger.error('Not everything ended in time', { left: [...left] });
      resolve();
    });
    run().then(
      () => {
        cancel();
        resolve();
      },
      () => resolve(),
    );
  });
  return [...left];
}

/** A flow as a step. */
export function flowStep(flow: Flow): DrainStep {
  return { name: flow.name, drain: () => flow.drain() };
}

/** Calls `stop` once at the first SIGTERM or SIGINT; a second one is left to the machine's default, which ends at once. */
export function onStopSignal(stop: (signal: string) => void): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const forget = (): void => {
    for (const signal of signals) process.removeListener(signal, heard);
  };
  const heard = (signal: string): void => {
    forget();
    stop(signal);
  };
  for (const signal of signals) process.on(signal, heard);
  return forget;
}
