import { pino } from 'pino';

type Fields = Readonly<Record<string, unknown>>;
/** One JSON line a call: a fixed sentence and fields. Never secrets, tokens, phone numbers or payloads. */
export type Logger = Readonly<{
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  child(fields: Fields): Logger;
}>;

export const silentLogger: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silentLogger };

/** JSON lines on stderr, so that stdout stays for what a person asked for. */
export function jsonLogger(level: 'info' | 'warn' | 'error' = 'info'): Logger {
  const root = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: ['password', 'token', 'credential', 'authorization', '*.password', '*.token', '*.credential'], censor: '•••' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  const wrap = (logger: typeof root): Logger => ({
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    child: (fields) => wrap(logger.child(fields)),
  });
  return wrap(root);
}
