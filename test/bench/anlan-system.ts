import { loadBundle, loadDevices } from '@anlan/simulator-app';
import { APPS, Platform, sleep, temporaryFolder } from '../rig/platform.js';
import { LIMIT, type Pattern, isOnset, messageOf } from './pattern.js';
import { enginePids } from './engine-pids.js';
import type { Expected, OnAlert, Outcome, System, SystemOptions } from './system.js';

const SITES = 20;
const LOOK_EVERY_MS = 250;
type AlarmSeen = Readonly<{ deviceId: string; pointId: string; process: string; value: number; cycles: number }>;

/** The platform as `npm start` runs it. */
export const anlanSystem = (options: SystemOptions): Promise<System> => platformSystem('anlan', options);
/** The platform as `npm run start:distributed` runs it, on the engines of `npm run engines`: their cost is not in the figures. */
export const anlanDistributed = (options: SystemOptions): Promise<System> => platformSystem('anlan-distributed', options);

/** Durable, with one yellow threshold rule over all points; alarms come by its event stream. */
async function platformSystem(name: 'anlan' | 'anlan-distributed', { pattern, secret, onAlert }: SystemOptions): Promise<System> {
  const { devices } = pattern;
  const folder = temporaryFolder();
  const nodeArgs = (process.env['BENCH_NODE_ARGS'] ?? '').split(' ').filter((arg) => arg !== '');
  const distributed = name === 'anlan-distributed';
  const platform = await Platform.start({
    dataDir: folder.path,
    nodeArgs: distributed ? [] : nodeArgs,
    distributed,
    env: { ANLAN_RATE_API: '100000', ...(distributed && { ANLAN_NODE_ARGS: nodeArgs.join(' ') }) },
  });
  await platform.import(bundle(devices, secret));
  const numbers = new Map(loadDevices({ devices, secret }).map(({ id }, i) => [id, i]));
  const stream = watch(platform, (alarm) => tell(alarm, { pattern, device: numbers.get(alarm.pointId.split('.')[0] ?? ''), onAlert }));
  return {
    name,
    alertsOn: 'onset',
    mqttUrl: `mqtt://127.0.0.1:${platform.mqttPort}`,
    parts: platform.distributed
      ? Object.fromEntries(APPS.map((app) => [app, platform.pidOf(app)]))
      : { standalone: platform.process.pid ?? 0 },
    ...(platform.distributed && { engines: enginePids() }),
    settled: (expected) => settled(platform, expected),
    async stop() {
      stream.abort();
      await platform.stop();
      if (nodeArgs.length > 0) process.stderr.write(platform.output.join(''));
      folder.remove();
    },
  };
}

function bundle(devices: number, secret: string): Readonly<Record<string, unknown>> {
  const made = loadBundle({ devices, sites: SITES, secret });
  const metrics = (made['metrics'] as readonly object[]).map((metric) => ({ ...metric, max: 1_000_000 }));
  const rules = (made['rules'] as readonly object[]).map((rule) => ({ ...rule, levels: [{ level: 'yellow', at: LIMIT, deadband: 1 }] }));
  return { ...made, metrics, rules };
}

type Teller = Readonly<{ pattern: Pattern; device: number | undefined; onAlert: OnAlert }>;

/** An alarm that is over says that the run of breaches before had raised it, should the raise itself never have been seen. */
function tell({ process: state, value }: AlarmSeen, { pattern, device, onAlert }: Teller): void {
  if (device === undefined) return;
  const k = messageOf(value);
  const onset = state === 'normal' ? k - pattern.run : k;
  if (isOnset(pattern, device, onset)) onAlert(device, onset, Date.now());
}

/** Reads `/stream` until aborted, again from where it was after a cut. */
function watch(platform: Platform, onAlarm: (alarm: AlarmSeen) => void): AbortController {
  const stop = new AbortController();
  let lastId = '';
  const read = async (): Promise<void> => {
    const token = await platform.login();
    const headers = { authorization: `Bearer ${token}`, ...(lastId !== '' && { 'last-event-id': lastId }) };
    const answer = await fetch(`${platform.url}/api/v1/stream`, { headers, signal: stop.signal });
    if (!answer.body) throw new Error(`the stream answered ${answer.status}`);
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        lastId = /^id: (.*)$/m.exec(block)?.[1] ?? lastId;
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined && block.includes('event: alarm')) onAlarm(JSON.parse(data) as AlarmSeen);
      }
    }
  };
  void (async () => {
    while (!stop.signal.aborted)
      await read().catch((error: unknown) =>
        stop.signal.aborted ? undefined : process.stderr.write(`the stream broke off: ${String(error)}\n`),
      );
  })();
  return stop;
}

/** Waits until the ledger holds every message and the alarms every episode, or `withinMs` is over. */
async function settled(platform: Platform, { messages, alerts: wanted, withinMs }: Expected): Promise<Outcome> {
  const began = Date.now();
  for (;;) {
    const stored = await storedCount(platform);
    const alerts = stored >= messages ? await alarmCount(platform) : 0;
    const drainMs = Date.now() - began;
    if ((stored >= messages && alerts >= wanted) || drainMs > withinMs)
      return { stored, alerts: stored >= messages ? alerts : await alarmCount(platform), drainMs };
    await sleep(LOOK_EVERY_MS);
  }
}

async function storedCount(platform: Platform): Promise<number> {
  const { items } = (await platform.get('/ledger')) as { items: readonly { stored: number }[] };
  return items.reduce((sum, { stored }) => sum + stored, 0);
}

/** Raises and returns over all alarms. */
async function alarmCount(platform: Platform): Promise<number> {
  const alarms = (await platform.all('/alarms')) as readonly AlarmSeen[];
  return alarms.reduce((sum, { cycles }) => sum + 1 + cycles, 0);
}
