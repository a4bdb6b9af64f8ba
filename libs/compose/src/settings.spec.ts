import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaSecurity } from './kafka-security.js';
import { parseSettings } from './settings.js';

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  const result = parseSettings(environment);
  return 'faults' in result ? result.faults : [];
};

describe('settings', () => {
  test('an empty environment gives the documented defaults', () => {
    const result = parseSettings({});
    expect(result).toMatchObject({
      settings: { ANLAN_HTTP_PORT: 8080, ANLAN_MQTT_PORT: 1883, ANLAN_HOST: '127.0.0.1', ANLAN_RETENTION_RAW: 400 * 86_400_000 },
    });
  });

  test('every fault is listed at once', () => {
    expect(faultsOf({ ANLAN_HTTP_PORT: 'eighty', ANLAN_DEMO: 'maybe', ANLAN_RETENTION_RAW: '3 weeks' })).toHaveLength(3);
  });

  test('a misspelt setting stops the start', () => {
    expect(faultsOf({ ANLAN_HTP_PORT: '1' })).toEqual(['ANLAN_HTP_PORT is not a setting of this version']);
  });

  test.each(['0.0.0.0', '192.168.1.5', '::'])('S-01 safe bind: %s without TLS is refused', (host) => {
    expect(faultsOf({ ANLAN_HOST: host })).toHaveLength(1);
    expect(faultsOf({ ANLAN_HOST: host, ANLAN_PLAINTEXT: 'accept' })).toEqual([]);
  });

  test('S-59 short and weak secrets are refused', () => {
    expect(faultsOf({ ANLAN_SECRET_KEY: 'short' })).toHaveLength(1);
    expect(faultsOf({ ANLAN_ADMIN_PASSWORD: 'short' })).toHaveLength(1);
    expect(faultsOf({ ANLAN_ADMIN_PASSWORD: 'twelve-chars!', ANLAN_HOST: '10.0.0.1', ANLAN_PLAINTEXT: 'accept' })).toEqual([]);
  });

  test('retention off keeps for ever', () => {
    expect(parseSettings({ ANLAN_RETENTION_RAW: 'off' })).toMatchObject({ settings: { ANLAN_RETENTION_RAW: null } });
  });
});

describe('Kafka that asks who is there', () => {
  const brokers = { ANLAN_KAFKA_BROKERS: 'kafka-1:9093' };
  const account = { ANLAN_KAFKA_SASL: 'scram-sha-512', ANLAN_KAFKA_USER: 'anlan', ANLAN_KAFKA_PASSWORD: 'secret' };
  const folder = mkdtempSync(join(tmpdir(), 'anlan-settings-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  afterAll(() => rmSync(folder, { recursive: true }));
  const securityOf = (environment: Record<string, string>) => {
    const result = parseSettings({ ...brokers, ...environment });
    if ('faults' in result) throw new Error(result.faults.join('; '));
    return kafkaSecurity(result.settings);
  };

  test('nothing is set: no TLS, no account', () => {
    expect(securityOf({})).toBeUndefined();
  });

  test('S-59: an account without TLS is refused, unless that is said', () => {
    expect(faultsOf({ ...brokers, ...account })).toEqual([expect.stringContaining('ANLAN_KAFKA_SASL without TLS is refused')]);
    const sasl = { mechanism: 'scram-sha-512', username: 'anlan', password: 'secret' };
    expect(securityOf({ ...account, ANLAN_KAFKA_TLS: 'on' })).toEqual({ tls: {}, sasl });
    expect(securityOf({ ...account, ANLAN_KAFKA_PLAINTEXT: 'accept' })).toEqual({ sasl });
  });

  test('the password may stand in a file, and certificates do', () => {
    const ca = file('ca.pem', 'CA');
    const [cert, key] = [file('cert.pem', 'CERT'), file('key.pem', 'KEY')];
    const { ANLAN_KAFKA_PASSWORD: _, ...rest } = account;
    const secret = { ANLAN_KAFKA_PASSWORD_FILE: file('password', 'from a file\n') };
    expect(
      securityOf({
        ...rest,
        ...secret,
        ANLAN_KAFKA_TLS: 'on',
        ANLAN_KAFKA_CA: ca,
        ANLAN_KAFKA_CERT: cert,
        ANLAN_KAFKA_KEY: key,
      }),
    ).toEqual({
      tls: { ca: Buffer.from('CA'), cert: Buffer.from('CERT'), key: Buffer.from('KEY') },
      sasl: { mechanism: 'scram-sha-512', username: 'anlan', password: 'from a file' },
    });
  });

  test.each([
    [{ ANLAN_KAFKA_TLS: 'on' }, 'need ANLAN_KAFKA_BROKERS'],
    [{ ...brokers, ANLAN_KAFKA_SASL: 'gssapi' }, 'must be one of'],
    [{ ...brokers, ANLAN_KAFKA_SASL: 'plain', ANLAN_KAFKA_TLS: 'on' }, 'needs ANLAN_KAFKA_USER and ANLAN_KAFKA_PASSWORD'],
    [{ ...brokers, ANLAN_KAFKA_USER: 'anlan', ANLAN_KAFKA_PASSWORD: 'secret' }, 'need ANLAN_KAFKA_SASL'],
    [{ ...brokers, ANLAN_KAFKA_CA: import.meta.filename }, 'need ANLAN_KAFKA_TLS=on'],
    [{ ...brokers, ANLAN_KAFKA_TLS: 'on', ANLAN_KAFKA_CERT: import.meta.filename }, 'belong together'],
    [{ ...brokers, ANLAN_KAFKA_TLS: 'on', ANLAN_KAFKA_CA: '/nowhere.pem' }, 'names a file that is not there'],
  ])('%j is half a setting', (environment, words) => {
    expect(faultsOf(environment)).toEqual([expect.stringContaining(words)]);
  });
});

test('an empty address of a collector is as good as none', () => {
  expect(parseSettings({ ANLAN_TRACES_URL: '' })).toMatchObject({ settings: { ANLAN_TRACES_URL: null } });
});
test.each(['0', '0.25', '1', '1.0'])('a share may be %s', (share) => {
  expect(faultsOf({ ANLAN_TRACES_RATIO: share })).toEqual([]);
});
test.each(['', '-1', '1.5', '10 %', 'all'])('a share may not be "%s"', (share) => {
  expect(faultsOf({ ANLAN_TRACES_RATIO: share })).toHaveLength(1);
});
