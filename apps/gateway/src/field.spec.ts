import { ROLES } from '@anlan/ports';
import { START, makeWorld, type World } from './contract/world.js';

const MINUTE = 60_000;

describe('the page of a signed link', () => {
  let world: World;
  let token: string;
  beforeEach(async () => {
    world = await makeWorld();
    token = await world.user('boss', ROLES);
  });
  afterEach(() => world.close());

  const linkFor = async (level: 'blue' | 'red', change = {}) => {
    const alarm = await world.raise('north-dev.ch4', level, change);
    const address = await world.deps.links.issue({
      alarmId: alarm.id,
      level,
      personId: 'p-north',
      personName: '北一',
      now: world.clock.now(),
    });
    return { alarm, path: new URL(address).pathname };
  };
  const stateOf = async (id: string) => (await world.ask('GET', `/api/v1/alarms/${id}`, { token })).json;

  test('S-45: whoever only looks changes nothing', async () => {
    const { alarm, path } = await linkFor('red');
    const before = await stateOf(alarm.id);
    for (const agent of ['Slackbot-LinkExpanding 1.0', 'WhatsApp/2.0', 'facebookexternalhit/1.1', 'MicroMessenger', 'TelegramBot']) {
      for (const method of ['GET', 'HEAD']) expect((await world.ask(method, path, { headers: { 'user-agent': agent } })).status).toBe(200);
    }
    expect(await stateOf(alarm.id)).toEqual(before);
    const { text } = await world.ask('GET', path);
    expect(text).toContain('红色');
    expect(text).toContain('北网 · 北井');
    expect(text).toContain('<form method="post">');
    expect(text).not.toMatch(/<script|style=/);
  });

  test('S-47: a press acknowledges with the trust of a link, once; a repeat shows the first result', async () => {
    const { alarm, path } = await linkFor('red');
    const first = await world.ask('POST', path, { raw: '', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect([first.status, first.text.includes('已确认 · 北一')]).toEqual([200, true]);
    const after = await stateOf(alarm.id);
    expect(after).toMatchObject({ ack: 'acked', ackTrust: 'link' });
    const again = await world.ask('POST', path);
    expect([again.status, again.text.includes('已确认 · 北一')]).toEqual([200, true]);
    expect((await stateOf(alarm.id)).version).toBe(after.version);
    const rows = (await world.deps.audit.page(10)).items.filter(({ action }) => action === 'link.act');
    expect(rows[0]).toMatchObject({
      outcome: 'ok',
      objectKind: 'alarm',
      objectId: alarm.id,
      actor: { kind: 'link', name: '北一', personId: 'p-north' },
    });
  });

  test('S-47: a link acknowledges nothing graver than it was made for, and nothing after its time', async () => {
    const { alarm, path } = await linkFor('blue');
    await world.records.alarms.transact(async (tx) => {
      const standing = await tx.byId(alarm.id);
      await tx.write({
        alarm: { ...standing!, level: 'red', peakLevel: 'red', version: 2 },
        created: false,
        events: [],
        notifications: [],
        timers: [],
      });
    });
    expect((await world.ask('POST', path)).status).toBe(409);
    expect((await stateOf(alarm.id)).ack).toBe('unacked');
    const late = await linkFor('red');
    world.clock.jumpWall(30 * MINUTE + 1);
    const page = await world.ask('POST', late.path);
    expect([page.text.includes('时限已过'), (await stateOf(late.alarm.id)).ack]).toEqual([true, 'unacked']);
    world.clock.jumpWall(72 * 60 * MINUTE);
    expect((await world.ask('GET', late.path)).status).toBe(404);
  });

  test('S-46: every miss is the same 404, and after twenty a minute nothing is looked up for that source', async () => {
    const { path } = await linkFor('blue');
    const misses = ['/a/x', `/a/${'A'.repeat(22)}`, `${path}x`, `${path.slice(0, -1)}`, '/a/%00', `/a/${'A'.repeat(200)}`];
    const bodies = new Set<string>();
    for (const miss of misses) {
      const answer = await world.ask('GET', miss);
      expect([miss, answer.status]).toEqual([miss, 404]);
      bodies.add(answer.text);
    }
    expect(bodies.size).toBe(1);
    for (let at = 0; at < 20; at++) await world.ask('GET', `/a/${'B'.repeat(22)}`);
    expect((await world.ask('GET', path)).status).toBe(404);
    expect((await world.ask('GET', path, { from: '127.0.0.9' })).status).toBe(200);
    await world.clock.advance(MINUTE);
    expect((await world.ask('GET', path)).status).toBe(200);
  });

  test('S-49: no referrer, no cache, no token in any log or audit row', async () => {
    const { path } = await linkFor('blue');
    const { headers } = await world.ask('GET', path);
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    await world.ask('POST', path);
    const secret = path.slice(3);
    expect(world.logged.join('\n')).not.toContain(secret);
    expect(JSON.stringify((await world.deps.audit.page(100)).items)).not.toContain(secret);
  });

  test('S-34: names in the registry stay text on the page', async () => {
    await world.ask('PATCH', '/api/v1/assets/north-well', { token, body: { name: '<img src=x onerror=alert(1)>"\'' } });
    const { path } = await linkFor('blue', { reason: { zh: '<b>&</b>', en: '' } });
    const { text } = await world.ask('GET', path);
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;');
    expect(text).toContain('&lt;b&gt;&amp;&lt;/b&gt;');
    expect(text).not.toMatch(/<img|<b>/);
  });

  test('the link of a message is shown to administrators only', async () => {
    const alarm = await world.raise('north-dev.ch4', 'red');
    const row = {
      id: 'n-1',
      eventId: 'e-1',
      alarmId: alarm.id,
      kind: 'raise',
      level: 'red',
      channel: 'outbox',
      personId: 'p-north',
      recipient: '北一',
      step: 0,
      state: 'sent',
      text: '红色 http://x/a/TOKEN',
      link: 'http://x/a/TOKEN',
      mergedInto: null,
      attempts: 1,
      createdAt: START,
      dueAt: START,
      sentAt: START,
      outcome: 'ok',
    } as const;
    await world.records.alarms.transact((tx) =>
      tx.write({ alarm: { ...alarm, version: 2 }, created: false, events: [], notifications: [row], timers: [] }),
    );
    const officer = await world.user('officer', ['duty_officer']);
    for (const path of [`/api/v1/alarms/${alarm.id}/notifications`, '/api/v1/notifications']) {
      expect((await world.ask('GET', path, { token: officer })).text).not.toContain('TOKEN');
      expect((await world.ask('GET', path, { token })).json.items).toEqual([
        expect.objectContaining({ link: 'http://x/a/TOKEN', recipient: '北一', state: 'sent' }),
      ]);
    }
  });
});
