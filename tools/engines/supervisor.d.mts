/** What a person can act on. */
export class EngineFault extends Error {}
/** An engine that runs. Without `keep` the kernel ends it when this process dies. */
export type Engine = Readonly<{
  /** Host and port or URL, with the password where there is one. */
  address: string;
  pid: number;
  logPath: string;
  /** Asks it to end and waits; false: it did not run. */
  stop(): Promise<boolean>;
  /** kill -9. */
  kill(): Promise<boolean>;
}>;
/** `folder` holds data, configuration, log and run file; the same folder again is a restart on the same data. */
export type Common = Readonly<{ folder: string; port: number; keep?: boolean }>;
/** The process that a run file in `folder` names, if it still is that process. */
export function running(folder: string, name: string): number | undefined;
