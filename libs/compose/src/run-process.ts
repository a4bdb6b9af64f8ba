import { StoreFault } from '@anlan/adapter-sqlite';
import { jsonLogger, type Logger } from '@anlan/observability';
import { type Clock, Fenced } from '@anlan/ports';
import { EXIT, type ExitCode, onStopSignal, systemClock } from '@anlan/shell';
import { type Settings, parseSettings } from './settings.js';

export type ProcessContext = Readonly<{ settings: Settings; clock: Clock; logger: Logger; onFatal(error: unknown): void }>;
export type Started = Readonly<{
  /** What a person needs after the start. */
  greeting(seconds: string): string;
  /** Finishes what is in hand and closes everything. Names of what did not end in time. */
  stop(): Promise<readonly string[]>;
}>;

/**
 * Life of a process of ours: settings checked, started, drained at the first SIGTERM or SIGINT, and an exit code that says how it ended.
 * A fault that no retry heals ends it at once: it recovers at the next start, from what is durable.
 */
export async function runProcess(name: string, start: (context: ProcessContext) => Promise<Started>): Promise<void> {
  const began = performance.now();
  const parsed = parseSettings(process.env);
  if ('faults' in parsed) {
    process.stderr.write(`The settings are wrong:\n${parsed.faults.map((fault) => `  ${fault}`).join('\n')}\n`);
    process.exit(EXIT.config);
  }
  const { settings } = parsed;
  const logger = jsonLogger(settings.ANLAN_LOG_LEVEL).child({ app: name });
  const onFatal = (error: unknown): void => {
    logger.error('The process must end', { error: error instanceof Error ? error.message : String(error) });
    process.exit(exitOf(error));
  };
  process.on('uncaughtException', onFatal);
  process.on('unhandledRejection', onFatal);
  try {
    const { greeting, stop } = await start({ settings, clock: systemClock(), logger, onFatal });
    process.stdout.write(`${greeting(((performance.now() - began) / 1_000).toFixed(1))}\n`);
    onStopSignal((signal) => {
      logger.info('stopping', { signal });
      stop().then((left) => process.exit(left.length === 0 ? EXIT.ok : EXIT.failed), onFatal);
    });
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT.data);
  }
}

function exitOf(error: unknown): ExitCode {
  if (error instanceof StoreFault) return EXIT.data;
  return error instanceof Fenced ? EXIT.fenced : EXIT.failed;
}
