import type { SingleBar } from 'cli-progress';

/** The outside of the command line, so that a test can be it. */
export type Io = Readonly<{
  out(text: string): void;
  err(text: string): void;
  /** What is piped in. */
  stdin(): Promise<string>;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** A person sees stderr: progress may be drawn. */
  terminal: boolean;
  /** Aborted by Ctrl-C or SIGTERM. */
  signal: AbortSignal;
}>;

export type FaultLine = Readonly<{ path: string; line?: number | undefined; code: string; message: string }>;
/** What a command has to say: `data` for `--json`, `text` for people. Only `ok` exits with 0. */
export type Result =
  | Readonly<{ kind: 'ok'; data: unknown; text: string }>
  | Readonly<{ kind: 'failed'; why: string; faults?: readonly FaultLine[]; data?: unknown }>;

export const ok = (data: unknown, text: string): Result => ({ kind: 'ok', data, text });
export const failed = (why: string, more: Readonly<{ faults?: readonly FaultLine[]; data?: unknown }> = {}): Result => ({
  kind: 'failed',
  why,
  ...more,
});

/** Prints a result; returns the exit code. */
export function show(io: Io, result: Result, json: boolean): number {
  if (json)
    io.out(
      `${JSON.stringify(result.kind === 'ok' ? result.data : { error: result.why, ...(result.faults && { errors: result.faults }), ...(result.data !== undefined && { data: result.data }) }, null, 2)}\n`,
    );
  else if (result.kind === 'ok') io.out(result.text.endsWith('\n') ? result.text : `${result.text}\n`);
  else io.err(`${result.why}\n${(result.faults ?? []).map(faultText).join('')}`);
  return result.kind === 'ok' ? 0 : 1;
}

function faultText({ path, line, code, message }: FaultLine): string {
  return `  ${line === undefined ? '' : `line ${line}  `}${path || '/'}  ${code}  ${message}\n`;
}

export type Progress = Readonly<{ at(done: number, total: number): void; end(): void }>;
const PATIENCE_MS = 1_000;

/** A bar on a terminal for what takes longer than a second; nothing elsewhere. */
export async function progressBar(io: Io, what: string, now: () => number): Promise<Progress> {
  if (!io.terminal) return { at: () => undefined, end: () => undefined };
  const { default: library } = await import('cli-progress');
  const startedAt = now();
  let bar: SingleBar | undefined;
  return {
    at: (done, total) => {
      if (!bar && now() - startedAt < PATIENCE_MS) return;
      if (!bar) {
        bar = new library.SingleBar(
          { format: `${what} [{bar}] {percentage}% · {eta_formatted}`, stream: process.stderr, hideCursor: true, etaBuffer: 50 },
          library.Presets.shades_classic,
        );
        bar.start(total, done);
      }
      bar.setTotal(total);
      bar.update(Math.min(done, total));
    },
    end: () => bar?.stop(),
  };
}
