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
