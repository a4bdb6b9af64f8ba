import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type Page, chromium } from 'playwright-core';
import { CREDENTIAL, city } from '../rig/city.js';
import { Device } from '../rig/device.js';
import { PASSWORD, Platform, ROOT, temporaryFolder, until } from '../rig/platform.js';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const SHOTS = process.env['CONSOLE_SHOTS'];
const withBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

/** The duty officer's page in a real browser, on the real platform, under its real headers. */
withBrowser('the console', () => {
  const folder = temporaryFolder();
  const complaints: string[] = [];
  let platform: Platform;
  let device: Device;
  let browser: Browser;
  let page: Page;

  const shot = async (name: string): Promise<void> => {
    if (SHOTS === undefined) return;
    mkdirSync(join(ROOT, SHOTS), { recursive: true });
    await page.screenshot({ path: join(ROOT, SHOTS, `${name}.png`) });
  };

  beforeAll(async () => {
    platform = await Platform.start({ dataDir: folder.path });
    await platform.import(city({ devices: 2 }));
    device = await Device.connect(platform.mqttPort, 'd-0', CREDENTIAL);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await device?.end();
    await platform?.kill9();
    folder.remove();
  });

  test('a wrong password is refused in words, the right one opens the overview', async () => {
    await page.goto(`${platform.url}/`);
    await page.locator('input[name="username"]').fill('admin');
    await page.locator('input[type="password"]').fill('not-the-password');
    await page.locator('button[type="submit"]').click();
    await page.getByRole('alert').filter({ hasText: /\S/ }).first().waitFor();
    await until('the form to be ready again', async () => ((await page.locator('button[type="submit"]').isEnabled()) ? true : undefined));
    complaints.length = 0; // the browser itself reports the 401
    await page.locator('input[type="password"]').fill(PASSWORD);
    await page.locator('button[type="submit"]').click();
    await page.locator('nav a').nth(1).waitFor({ timeout: 15_000 });
    await shot('overview');
  }, 60_000);

  test('an alarm appears by itself and is acknowledged by one key', async () => {
    await page.locator('nav a').nth(1).click();
    await device.telemetry({ t: Date.now(), values: { test_ch4: 4.4 } });
    await page.locator('.board-rows [role="row"]', { hasText: '试验井 0' }).first().waitFor({ timeout: 15_000 });
    const alarm = await until('the alarm', async () => (await platform.get('/alarms?open=true&pointId=d-0.ch4')).items[0]);
    // A row must have been visible for a second before a key may acknowledge it.
    await page.waitForTimeout(1_500);
    await page.locator('.board-rows [role="row"]').first().click();
    await page.waitForTimeout(1_500);
    await page.keyboard.press('a');
    const acked = await until('the acknowledgement', async () => {
      const now = await platform.get(`/alarms/${alarm.id}`);
      return now.ack === 'acked' ? now : undefined;
    });
    expect(acked.level).toBe('red');
    await shot('board');
  }, 60_000);

  test.each([
    ['/devices', '设备'],
    ['/outbox', '外发'],
    ['/dead-letters', '死信'],
    ['/settings', '设置'],
  ])(
    '%s shows itself',
    async (_path, name) => {
      await page.locator('nav a', { hasText: name }).click();
      await page.locator('main, [role="main"]').first().waitFor();
      await shot(name);
    },
    30_000,
  );

  test('a rule is found, tried over history with another limit, and saved with a reason', async () => {
    await page.locator('nav a', { hasText: '规则' }).click();
    await page.getByRole('searchbox').fill('r-1');
    await page.locator('.rule-rows .rule-row', { hasText: 'r-1' }).getByRole('link').first().click();
    await page.getByText('≥ 4 %VOL 报红色', { exact: false }).first().waitFor();
    await shot('rule');
    await page.getByRole('link', { name: '编辑与试算' }).click();
    await page.locator('#rule-field-levels-0-at').fill('3.5');
    await page.getByRole('button', { name: '试算', exact: true }).click();
    await page.locator('.trial-result').waitFor({ timeout: 20_000 });
    await shot('trial');
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.getByRole('dialog').locator('.what-becomes').waitFor();
    await page.getByRole('dialog').getByRole('textbox').fill('试验');
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
    const saved = await until('the new version', async () => {
      const rule = await platform.get('/rules/r-1');
      return rule.version === 2 ? rule : undefined;
    });
    expect([saved.reason, saved.limits.at(-1)]).toEqual(['试验', { level: 'red', at: 3.5 }]);
    await page.getByText('已生效，现行版本 v2').waitFor();
  }, 60_000);

  test('S-34 nothing was complained about: no script error, no breach of the content policy', () => {
    expect(complaints).toEqual([]);
  });
});
