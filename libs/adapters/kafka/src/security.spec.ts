import { jest } from '@jest/globals';
import { TOPICS } from '@anlan/contracts';
import { silentLogger } from '@anlan/observability';
import { describeWith, realClock } from '@anlan/testing';
import type { KafkaSecurity } from './connection.js';
import { kafkaShares } from './shares.js';
import { type GuardedBroker, guardedBroker } from './testing/guarded-broker.js';
import { openTestLog, testPartitions, uniquePrefix } from './testing/test-log.js';

jest.setTimeout(120_000);

describeWith('kafka', 'a broker that asks who is there', () => {
  let broker: GuardedBroker;
  beforeAll(async () => {
    broker = await guardedBroker();
  });
  afterAll(() => broker?.dispose());

  /** What it takes to read back what was appended, and to hold a partition in a group. */
  const works = async (address: string, security: KafkaSecurity): Promise<void> => {
    const prefix = uniquePrefix();
    const log = await openTestLog(address, prefix, 1, { security });
    const common = { brokers: [address], clientId: 'anlan-spec', clock: realClock, logger: silentLogger, prefix, security };
    const held: number[] = [];
    const shares = kafkaShares({ ...common, partitions: testPartitions(1) });
    const membership = await shares.join('g', TOPICS.readings, {
      take: async (partition) => void held.push(partition),
      release: async () => undefined,
    });
    await log.append([{ topic: TOPICS.readings, key: 'a', value: '"kept"' }]);
    expect((await log.read(TOPICS.readings, 0, 0, 9)).map(({ value }) => value)).toEqual(['"kept"']);
    await log.commit('g', TOPICS.readings, 0, 1);
    expect(await log.committed('g', TOPICS.readings, 0)).toBe(1);
    while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await membership.leave();
    await log.close();
  };
  const refused = (address: string, security?: KafkaSecurity, words = /./): Promise<unknown> =>
    expect(openTestLog(address, uniquePrefix(), 1, security ? { security } : {})).rejects.toMatchObject({
      name: 'LogUnavailable',
      message: expect.stringMatching(words) as string,
    });
  const sasl = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password = broker.password) => ({
    mechanism,
    username: broker.user,
    password,
  });

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('%s over TLS: log and group work', async (mechanism) => {
    await works(broker.saslTls, { tls: { ca: broker.ca }, sasl: sasl(mechanism) });
  });

  test.each(['plain', 'scram-sha-512'] as const)('%s without TLS', async (mechanism) => {
    await works(broker.saslPlaintext, { sasl: sasl(mechanism) });
  });

  test('a certificate of ours instead of a password', async () => {
    await works(broker.mutual, { tls: { ca: broker.ca, cert: broker.cert, key: broker.key } });
  });

  test.each(['plain', 'scram-sha-256'] as const)('%s: a wrong password is refused', async (mechanism) => {
    await refused(broker.saslTls, { tls: { ca: broker.ca }, sasl: sasl(mechanism, 'wrong') }, /authentication/i);
  });

  test('a broker whose certificate nobody we trust has signed is not talked to', async () => {
    await refused(broker.saslTls, { tls: { ca: broker.strangeCa }, sasl: sasl('plain') }, /certificate/);
    await refused(broker.saslTls, { tls: {}, sasl: sasl('plain') });
  });

  test('a broker whose certificate names another host is not talked to', async () => {
    await refused(broker.saslTls.replace('localhost', '127.0.0.1'), { tls: { ca: broker.ca }, sasl: sasl('plain') }, /altnames/);
  });

  test('the rights that the docs name are enough, and nothing is made where there are none', async () => {
    const security = { tls: { ca: broker.ca }, sasl: sasl('plain') };
    await works(broker.saslTls, security);
    await expect(openTestLog(broker.saslTls, 'elsewhere.', 1, { security })).rejects.toMatchObject({ name: 'LogUnavailable' });
  });

  test('without TLS, without a password or without a certificate nothing is taken', async () => {
    await refused(broker.saslTls);
    await refused(broker.saslPlaintext);
    await refused(broker.mutual, { tls: { ca: broker.ca } });
  });
});
