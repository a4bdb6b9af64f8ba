import fc from 'fast-check';
import { ackLane } from './ack-lane.js';
import { backoff } from './backoff.js';
import { brokerWatch } from './broker-watch.js';
import { deviceFilters, deviceIdOf } from './topics.js';
import { silentLogger } from '@anlan/observability';
import { tally } from './contract/broker-rig.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('acknowledgements keep the order of arrival, whatever the order of the work; QoS 0 says nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 1_500 }), async (jobs) => {
      const written: number[] = [];
      const lane = ackLane((ids) => void written.push(...ids));
      const ids = jobs.map(([, spoken], at) => (spoken ? at + 1 : 0));
      const slots = ids.map((id) => lane.add(id));
      const order = jobs.map(([rank], at) => [rank, at] as const).sort(([a], [b]) => a - b);
      for (const [turnOf, [, at]] of order.entries()) {
        slots[at]?.done();
        if (turnOf % 97 === 0) await turn();
      }
      await turn();
      await turn();
      expect(written).toEqual(ids.filter((id) => id !== 0));
    }),
    { numRuns: 30 },
  );
});

test('behind one that is not done nothing is acknowledged', async () => {
  const written: number[] = [];
  const lane = ackLane((ids) => void written.push(...ids));
  const [first, second] = [lane.add(1), lane.add(2)];
  second?.done();
  await turn();
  expect(written).toEqual([]);
  first?.done();
  await turn();
  expect(written).toEqual([1, 2]);
});

test('waits grow to the cap, are anything from nothing to that, and begin again after success', () => {
  const most = backoff({ baseMs: 200, capMs: 5_000, random: () => 1 });
  expect(Array.from({ length: 8 }, () => most.next())).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  most.reset();
  expect(most.next()).toBe(200);
  expect(backoff({ baseMs: 200, capMs: 5_000, random: () => 0 }).next()).toBe(0);
});

test('only what rose within one run of the broker counts as dropped', () => {
  const { meter, of } = tally();
  const watch = brokerWatch({ meter, logger: silentLogger });
  for (const value of ['40', '40', '45', 'garbage', '', '3', '4']) watch.take('$SYS/broker/publish/messages/dropped', Buffer.from(value));
  expect(of('anlan_broker_dropped_total')).toBe(6);
});

test.each([
  ['anlan/v1/devices/well-1/telemetry', 'well-1'],
  ['anlan/v1/devices/a.b:c_d-9/status', 'a.b:c_d-9'],
  ['anlan/v1/devices/+/telemetry', undefined],
  ['anlan/v1/devices//telemetry', undefined],
  [`anlan/v1/devices/${'x'.repeat(65)}/telemetry`, undefined],
  ['anlan/v1/devices/井/telemetry', undefined],
  ['other/anlan/v1/devices/a/telemetry', undefined],
])('%s is of %s', (topic, deviceId) => expect(deviceIdOf(topic)).toBe(deviceId));

test('a group is a prefix of every filter', () => {
  expect(deviceFilters(undefined)[0]).toBe('anlan/v1/devices/+/telemetry');
  expect(deviceFilters('g')).toEqual(deviceFilters(undefined).map((filter) => `$share/g/${filter}`));
});
