import type { Millis } from '@anlan/contracts';
import { brokerAddress } from './broker-socket.js';
import { chance, hashOf } from './chance.js';
import type { SimulatorClock } from './clock.js';
import { deviceClient, type DeviceClient, type DeviceEvent } from './device-client.js';
import type { FleetDevice } from './fleet-plan.js';
import { historyMessage, liveMessage, type Sample } from './payload.js';
import type { Scenario } from './scenario.js';
import { storyOf, type Story } from './story.js';

export type FleetOptions = Readonly<{
  /** `mqtt://host:port` or `mqtts://…`. */
  url: string;
  devices: readonly FleetDevice[];
  /** Credential by device id; a device without one stays away and is counted. */
  secrets: ReadonlyMap<string, string>;
  scenario: Scenario;
  seed: number;
  /** How many times faster the story runs, and the devices report. Times of readings stay those of the clock. */
  speed?: number;
  clock: SimulatorClock;
  /** In [0, 1); for reconnects only, never for values. */
  random: () => number;
  onEvent?: (event: DeviceEvent) => void;
}>;
export type FleetStats = Readonly<{
  devices: number;
  withoutSecret: number;
  online: number;
  sent: number;
  acked: number;
  dropped: number;
  refused: number;
}>;
export type Fleet = Readonly<{ stats(): FleetStats; stop(graceMs?: Millis): Promise<void> }>;

/** What a device under an incident reports at least. */
const EXCITED_MS = 5_000;
const READINGS_A_MESSAGE = 400;
/** Connecting is spread over this time. */
const ARRIVAL_MS = 2_000;

type Counts = { sent: number; acked: number; dropped: number; refused: number };
type Member = Readonly<{ device: FleetDevice; client: DeviceClient }>;

/** Starts a fleet. Same seed, same story; throws when the address is none. */
export function startFleet(options: FleetOptions): Fleet {
  const { url, devices, secrets, scenario, seed, speed = 1, clock, random, onEvent } = options;
  const address = brokerAddress(url);
  if (!address) throw new Error(`not an MQTT address: ${url}`);
  if (!(speed > 0)) throw new Error(`speed must be above 0: ${speed}`);
  const epoch = clock.now();
  const story = storyOf(scenario, devices, { seed, epoch });
  const counts: Counts = { sent: 0, acked: 0, dropped: 0, refused: 0 };
  const online = new Set<string>();
  const hear = (event: DeviceEvent): void => {
    if (event.kind === 'online') online.add(event.deviceId);
    if (event.kind === 'offline') online.delete(event.deviceId);
    if (event.kind === 'refused') counts.refused += 1;
    onEvent?.(event);
  };
  const members = devices.flatMap((device): readonly Member[] => {
    const secret = secrets.get(device.id);
    return secret === undefined
      ? []
      : [{ device, client: deviceClient({ address, deviceId: device.id, secret, clock, random, onEvent: hear }) }];
  });
  const cancels = members.map((member) => run(member, { story, counts, seed, epoch, speed, clock }));
  return {
    stats: () => ({ devices: devices.length, withoutSecret: devices.length - members.length, online: online.size, ...counts }),
    stop: async (graceMs = 2_000) => {
      for (const cancel of cancels) cancel();
      await Promise.all(members.map(({ client }) => client.stop(graceMs)));
    },
  };
}

type Stage = Readonly<{ story: Story; counts: Counts; seed: number; epoch: Millis; speed: number; clock: SimulatorClock }>;

/** One device: connects after a while of its own, sends its history if it has one, then reports on and on. */
function run({ device, client }: Member, { story, counts, seed, epoch, speed, clock }: Stage): () => void {
  const phase = chance(seed, hashOf(device.id))();
  let seq = 0;
  const send = (payload: string): void => {
    counts.sent += 1;
    client.send({ payload, done: (outcome) => (counts[outcome] += 1) });
  };
  const report = (): void => {
    const t = clock.now();
    const moment = story.momentOf(device, (t - epoch) * speed);
    if (moment) send(liveMessage(device, (seq += 1), { t: Math.round(t), moment }));
    cancel = clock.after((moment?.excited ? Math.min(EXCITED_MS, device.intervalMs) : device.intervalMs) / speed, report);
  };
  const arrive = (): void => {
    client.start();
    if (story.returning.includes(device)) for (const payload of keptDuringOutage(device, story, epoch)) send(payload);
    cancel = clock.after((phase * device.intervalMs) / speed, report);
  };
  let cancel = clock.after(phase * ARRIVAL_MS, arrive);
  return () => cancel();
}

/** Three hours (or what the scenario says) in few messages, oldest first, ending at the start of the story. */
function keptDuringOutage(device: FleetDevice, story: Story, epoch: Millis): readonly string[] {
  const samples: Sample[] = [];
  for (const atMs of story.historyTimes) {
    const moment = story.momentOf(device, atMs);
    if (moment) samples.push({ t: Math.round(epoch + atMs), moment });
  }
  const perMessage = Math.max(1, Math.floor(READINGS_A_MESSAGE / device.points.length));
  return Array.from({ length: Math.ceil(samples.length / perMessage) }, (_, i) =>
    historyMessage(samples.slice(i * perMessage, (i + 1) * perMessage)),
  );
}
