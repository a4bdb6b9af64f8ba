import { feedContract } from '@anlan/ports/contract';
import { describeWith } from '@anlan/testing';
import { SECRET, consumer, ownBroker } from './contract/broker-rig.js';

describeWith('mosquitto', 'mqttFeed', () => {
  let broker: Awaited<ReturnType<typeof ownBroker>>;
  beforeAll(async () => {
    broker = await ownBroker();
  });
  afterAll(() => broker.end());

  let names = 0;
  for (const [name, version, group] of [
    ['MQTT 5, alone', 5, undefined],
    ['MQTT 5, in a group', 5, 'g'],
    ['MQTT 3.1.1, alone', 4, undefined],
    ['MQTT 3.1.1, in a group', 4, 'g'],
  ] as const)
    feedContract(`mqttFeed (${name})`, async () => {
      names += 1;
      const { port } = broker;
      // Names of their own: the broker goes on keeping messages for those of the tests before.
      const own = { version, clientId: `contract-${names}`, ...(group === undefined ? {} : { group: `${group}-${names}` }) };
      return {
        feed: consumer(port, own),
        next: () => consumer(port, own),
        door: (username) => ({ port, username, password: SECRET }),
        dispose: async () => undefined,
      };
    });
});
