import { StoreFault } from '@anlan/adapter-sqlite';
import { jsonLogger } from '@anlan/observability';
import { EXIT, onStopSignal, systemClock } from '@anlan/shell';
import { startPlatform } from './platform.js';
import { parseSettings } from './settings.js';

/** What a person needs after the start, in both languages. */
function greeting(
  { consoleUrl, mqttUrl, firstPassword }: Readonly<{ consoleUrl: string; mqttUrl: string; firstPassword: string | null }>,
  seconds: string,
): string {
  const password =
    firstPassword === null
      ? []
      : [`  管理员 user       admin`, `  密码 password     ${firstPassword}   （仅显示这一次 · shown only this once）`];
  return [
    '',
    `安澜 Anlan 已就绪 · ready in ${seconds} s`,
    `  控制台 console    ${consoleUrl}`,
    `  设备接入 MQTT      ${mqttUrl}`,
    ...password,
    '  Ctrl-C 排空并退出 · drains and stops',
    '',
  ].join('\n');
}

async function main(): Promise<void> {
  const began = performance.now();
  const parsed = parseSettings(process.env);
  if ('faults' in parsed) {
    process.stderr.write(`The settings are wrong:\n${parsed.faults.map((fault) => `  ${fault}`).join('\n')}\n`);
    process.exit(EXIT.config);
  }
  const { settings } = parsed;
  const logger = jsonLogger(settings.ANLAN_LOG_LEVEL);
  // A disk that failed must not be tried again in this process: end at once, and recover at the next start.
  const onFatal = (error: unknown): void => {
    logger.error('The platform must end', { error: error instanceof Error ? error.message : String(error) });
    process.exit(error instanceof StoreFault ? EXIT.data : EXIT.failed);
  };
  process.on('uncaughtException', onFatal);
  process.on('unhandledRejection', onFatal);
  try {
    const running = await startPlatform({ settings, clock: systemClock(), logger, onFatal });
    process.stdout.write(`${greeting(running, ((performance.now() - began) / 1_000).toFixed(1))}\n`);
    onStopSignal((signal) => {
      logger.info('stopping', { signal });
      running.stop().then(
        (left) => process.exit(left.length === 0 ? EXIT.ok : EXIT.failed),
        (error: unknown) => onFatal(error),
      );
    });
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT.data);
  }
}

await main();
