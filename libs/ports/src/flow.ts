/** A step of the pipeline that runs by itself until it is drained. `failed` tells the shell about a state that must end the process. */
export type Flow = Readonly<{
  name: string;
  start(): Promise<void>;
  /** Finishes what is in hand, saves, and resolves. */
  drain(): Promise<void>;
  /** For readiness: is it keeping up, and if not why. */
  health(): Readonly<{ ok: boolean; lag: number; detail: string }>;
}>;
