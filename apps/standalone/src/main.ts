import { runProcess } from '@anlan/compose';
import { startPlatform } from './platform.js';

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

await runProcess('standalone', async (context) => {
  const running = await startPlatform(context);
  return { greeting: (seconds) => greeting(running, seconds), stop: running.stop };
});
