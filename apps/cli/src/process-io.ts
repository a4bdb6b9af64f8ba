import type { Io } from './io.js';

/** After Ctrl-C a command has this long to end in order. */
const GRACE_MS = 5_000;
const INTERRUPTED = 130;

/** The real outside: standard streams, environment, signals. */
export function processIo(): Io {
  const stop = new AbortController();
  const end = (): void => {
    stop.abort();
    setTimeout(() => process.exit(INTERRUPTED), GRACE_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stdin: async () => {
      const parts: Buffer[] = [];
      for await (const part of process.stdin) parts.push(part as Buffer);
      return Buffer.concat(parts).toString('utf8');
    },
    env: process.env,
    cwd: process.cwd(),
    terminal: process.stderr.isTTY === true,
    signal: stop.signal,
  };
}
