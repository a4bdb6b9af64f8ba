import { StoreFault } from '@anlan/adapter-sqlite';
import { jsonLogger, type Logger } from '@anlan/observability';
import { type Clock, Fenced, RecordsFault } from '@anlan/ports';
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
  const settings = settingsOrExit();
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
    if (!isStoreFault(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT.data);
  }
}

function settingsOrExit(): Settings {
  const parsed = parseSettings(process.env);
  if ('settings' in parsed && parsed.settings.ANLAN_POSTGRES_OWNER_URL === null) return parsed.settings;
  // Whoever takes over a process that serves must not find the key to all of history in it (S-61).
  const faults = 'faults' in parsed ? parsed.faults : ['ANLAN_POSTGRES_OWNER_URL is for "anlan migrate" alone'];
  process.stderr.write(`The settings are wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}\n`);
  process.exit(EXIT.config);
}

/** What is stored cannot be used as it is: told in one line, for an operator and not for us. */
function isStoreFault(error: unknown): error is StoreFault | RecordsFault {
  return error instanceof StoreFault || error instanceof RecordsFault;
}

function exitOf(error: unknown): ExitCode {
  if (isStoreFault(error)) return EXIT.data;
  return error instanceof Fenced ? EXIT.fenced : EXIT.failed;
}
