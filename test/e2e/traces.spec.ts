import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kafkaLog } from '@anlan/adapter-kafka';
import { TOPICS, notificationJsonSchema, partitionFor } from '@anlan/contracts';
import { silentLogger } from '@anlan/observability';
import type { Log } from '@anlan/ports';
import { systemClock } from '@anlan/shell';
import { describeWith, freePort } from '@anlan/testing';
import { CREDENTIAL, city } from '../rig/city.js';
import { type CollectedSpan, type Collector, startCollector } from '../rig/collector.js';
import { Device } from '../rig/device.js';
import { installation } from '../rig/distributed.js';
import { Platform, temporaryFolder, until } from '../rig/platform.js';

const PARTITIONS = 4;

/** One process an app over real engines: what a reading does is told across all of them, in traces and in the topic of notifications. */
describeWith('kafka', 'a reading, followed through the distributed form', (brokers) => {
  const folder = temporaryFolder();
  const got: IncomingHttpHeaders[] = [];
  let collector: Collector;
  let hook: Server;
  let platform: Platform;
  let device: Device;
  let log: Log;

  beforeAll(async () => {
    collector = await startCollector();
    hook = createServer((request, response) => {
      got.push(request.headers);
      request.resume().on('end', () => response.writeHead(204).end());
    });
    const hookPort = await freePort();
    await new Promise<void>((resolve) => hook.listen(hookPort, '127.0.0.1', resolve));
    platform = await Platform.start({
      dataDir: folder.path,
      distributed: true,
      env: {
        ANLAN_TRACES_URL: collector.url,
        ANLAN_TRACES_RATIO: '0',
        ANLAN_EGRESS_ALLOW: `127.0.0.1:${(hook.address() as AddressInfo).port}`,
      },
    });
    await platform.import({
      ...city({ devices: 2 }),
      people: [{ id: 'p-1', name: '值班甲', unitId: 'u-1', webhook: `http://127.0.0.1:${hookPort}/hook` }],
      routes: [{ id: 'route-1', levels: ['red'], personIds: ['p-1'], channels: ['webhook', 'outbox'] }],
    });
    device = await Device.connect(platform.mqttPort, 'd-0', CREDENTIAL);
    log = await kafkaLog({
      brokers: brokers.split(','),
      clientId: 'test',
      clock: systemClock(),
      logger: silentLogger,
      prefix: `${installation(folder.path)['ANLAN_NAMESPACE']}.`,
      partitions: { [TOPICS.readings]: PARTITIONS, [TOPICS.notifications]: PARTITIONS },
      ensureTopics: { replication: 1, minInsync: 1 },
      traces: true,
    });
  }, 180_000);

  afterAll(async () => {
    await log?.close();
    await device?.end();
    await platform?.kill9();
    await collector?.stop();
    hook?.close();
    folder.remove();
  });

  const spanOf = (name: string, where: Readonly<Record<string, string>>): CollectedSpan | undefined =>
    collector.spans.find((span) => span.name === name && Object.entries(where).every(([fact, value]) => span.facts[fact] === value));

  test('one trace leads from the message through ingest, rules, alarm and notifier to the webhook', async () => {
    await device.telemetry({ t: Date.now(), values: { test_ch4: 4.5 } });
    const sent = await until('the span of the webhook', () => spanOf('send by webhook', { 'anlan.level': 'red' }), 30_000);
    const story = await until('the whole story', () => {
      const own = collector.spans.filter(({ traceId }) => traceId === sent.traceId);
      return new Set(own.map(({ name }) => name)).size === 5 ? own : undefined;
    });
    const by = (name: string, parent?: CollectedSpan): CollectedSpan => {
      const found = story.find((span) => span.name === name && span.parentSpanId === (parent?.spanId ?? ''));
      if (!found) throw new Error(`${name} is not told of as it should be: ${JSON.stringify(story)}`);
      return found;
    };
    const taken = by('take message');
    const judged = by('judge reading', taken);
    const applied = by('apply verdict', judged);
    by('send by outbox', applied);
    expect(by('send by webhook', applied)).toEqual(sent);
    expect([taken, judged, applied, sent].map(({ service }) => service)).toEqual([
      'anlan-ingest',
      'anlan-rules',
      'anlan-alarm',
      'anlan-notifier',
    ]);
    const { items } = await platform.get('/alarms?open=true&pointId=d-0.ch4');
    expect([applied.facts['anlan.alarm'], sent.facts['anlan.alarm'], taken.facts['anlan.device']]).toEqual([
      items[0].id,
      items[0].id,
      'd-0',
    ]);
    expect(got.map(({ traceparent }) => traceparent)).toContain(`00-${sent.traceId}-${sent.spanId}-01`);
    expect(sent.toMs - taken.fromMs).toBeLessThan(60_000);
  }, 60_000);

  test('the record of the message carries the place where its trace begins', async () => {
    const offset = Number(spanOf('judge reading', { 'anlan.point': 'd-0.ch4', 'anlan.level': 'red' })?.facts['anlan.offset']);
    const [record] = await log.read(TOPICS.readings, partitionFor('s-0', PARTITIONS), offset, 1);
    const taken = spanOf('take message', { 'anlan.device': 'd-0' });
    expect(record?.trace).toBe(`00-${taken?.traceId}-${taken?.spanId}-00`);
  });

  test('a message that raises nothing is not told of', async () => {
    const before = collector.spans.length;
    const other = await Device.connect(platform.mqttPort, 'd-1', CREDENTIAL);
    await other.telemetry({ t: Date.now(), values: { test_ch4: 0.5 } });
    await until('the reading', async () => ((await platform.get('/points/d-1.ch4/series')).items.length === 1 ? true : undefined));
    await other.end();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(collector.spans.slice(before).filter(({ facts }) => facts['anlan.point'] === 'd-1.ch4')).toEqual([]);
  }, 30_000);

  test('what people were sent stands in the topic of notifications, by person, without links', async () => {
    const rows = await until('both notifications as sent', async () => {
      const records = await log.read(TOPICS.notifications, partitionFor('p-1', PARTITIONS), 0, 1_000);
      const found = records.map(({ key, value, trace }) => ({ key, trace, ...notificationJsonSchema.strict().parse(JSON.parse(value)) }));
      return found.filter(({ state }) => state === 'sent').length >= 2 ? found : undefined;
    });
    const shown = await platform.get(`/alarms/${rows[0]?.alarmId}/notifications`);
    for (const channel of ['webhook', 'outbox']) {
      const last = rows.filter((row) => row.channel === channel).at(-1);
      const { key, trace, ...told } = last ?? {};
      expect(key).toBe('p-1');
      expect(trace).toMatch(/^00-/);
      const asShown = shown.items.find(({ id }: Readonly<{ id: string }>) => id === last?.id);
      expect(told).toEqual({ ...asShown, link: null, text: last?.text });
    }
    expect(JSON.stringify(rows)).not.toMatch(/\/a\/[\w-]{20,}/);
  }, 30_000);
});
