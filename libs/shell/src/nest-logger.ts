import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@anlan/observability';

/** Gives Nest's own lines to our logger. Its start-up chatter is left out; warnings and errors are kept. */
export function nestLogger(logger: Logger): LoggerService {
  const fieldsOf = (rest: readonly unknown[]): Readonly<Record<string, unknown>> => {
    const context = rest.at(-1);
    return {
      component: 'nest',
      ...(typeof context === 'string' && { context }),
      ...(rest.length > 1 && typeof rest[0] === 'string' && { stack: rest[0] }),
    };
  };
  const text = (message: unknown): string => (message instanceof Error ? (message.stack ?? message.message) : String(message));
  return {
    log: () => undefined,
    debug: () => undefined,
    verbose: () => undefined,
    warn: (message, ...rest) => logger.warn(text(message), fieldsOf(rest)),
    error: (message, ...rest) => logger.error(text(message), fieldsOf(rest)),
    fatal: (message, ...rest) => logger.error(text(message), fieldsOf(rest)),
  };
}
