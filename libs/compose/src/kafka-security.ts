/** How the brokers are talked to: TLS, and who we are there. */
import { readFileSync } from 'node:fs';
import type { KafkaSecurity } from '@anlan/adapter-kafka';
import { oneOf, optionalFile, optionalText, setting, type ValuesOf } from './setting.js';

export const KAFKA_SECURITY_SETTINGS = {
  ANLAN_KAFKA_TLS: setting({ fallback: 'off', help: 'on: TLS to the brokers', parse: oneOf('off', 'on') }),
  ANLAN_KAFKA_CA: setting({
    fallback: null,
    shown: "the system's",
    help: 'Certificates (PEM file) that the brokers are trusted by',
    parse: optionalFile(),
  }),
  ANLAN_KAFKA_CERT: setting({ fallback: null, help: 'Our certificate (PEM file) for brokers that ask for one', parse: optionalFile() }),
  ANLAN_KAFKA_KEY: setting({ fallback: null, help: 'Private key (PEM file) for it', parse: optionalFile() }),
  ANLAN_KAFKA_SASL: setting({
    fallback: 'none',
    help: 'How we say who we are: none, plain, scram-sha-256, scram-sha-512; needs ANLAN_KAFKA_TLS=on',
    parse: oneOf('none', 'plain', 'scram-sha-256', 'scram-sha-512'),
  }),
  ANLAN_KAFKA_USER: setting({ fallback: null, help: 'User there', parse: optionalText() }),
  ANLAN_KAFKA_PASSWORD: setting({ fallback: null, secret: true, help: 'Password there', parse: optionalText() }),
  ANLAN_KAFKA_PLAINTEXT: setting({
    fallback: 'refuse',
    help: 'accept: SASL without TLS, so that whoever listens on the network reads all, with plain also the password',
    parse: oneOf('refuse', 'accept'),
  }),
} as const;

export type KafkaSecuritySettings = ValuesOf<typeof KAFKA_SECURITY_SETTINGS>;

/** Faults that only several of them together show. */
export function kafkaSecurityFaults(
  settings: KafkaSecuritySettings & Readonly<{ ANLAN_KAFKA_BROKERS: readonly string[] | null }>,
): readonly string[] {
  const { ANLAN_KAFKA_TLS: tls, ANLAN_KAFKA_SASL: sasl, ANLAN_KAFKA_USER: user, ANLAN_KAFKA_PASSWORD: password } = settings;
  const files = [settings.ANLAN_KAFKA_CA, settings.ANLAN_KAFKA_CERT, settings.ANLAN_KAFKA_KEY];
  const faults: readonly (readonly [boolean, string])[] = [
    [
      settings.ANLAN_KAFKA_BROKERS === null && (tls === 'on' || sasl !== 'none'),
      'ANLAN_KAFKA_TLS and ANLAN_KAFKA_SASL need ANLAN_KAFKA_BROKERS',
    ],
    [tls === 'off' && files.some((file) => file !== null), 'ANLAN_KAFKA_CA, _CERT and _KEY need ANLAN_KAFKA_TLS=on'],
    [(settings.ANLAN_KAFKA_CERT === null) !== (settings.ANLAN_KAFKA_KEY === null), 'ANLAN_KAFKA_CERT and ANLAN_KAFKA_KEY belong together'],
    [sasl !== 'none' && (user === null || password === null), 'ANLAN_KAFKA_SASL needs ANLAN_KAFKA_USER and ANLAN_KAFKA_PASSWORD'],
    [sasl === 'none' && (user !== null || password !== null), 'ANLAN_KAFKA_USER and ANLAN_KAFKA_PASSWORD need ANLAN_KAFKA_SASL'],
    [
      sasl !== 'none' && tls === 'off' && settings.ANLAN_KAFKA_PLAINTEXT === 'refuse',
      'ANLAN_KAFKA_SASL without TLS is refused: set ANLAN_KAFKA_TLS=on, or ANLAN_KAFKA_PLAINTEXT=accept',
    ],
  ];
  return faults.filter(([is]) => is).map(([, words]) => words);
}

/** What the adapter needs of them; undefined for brokers that ask for nothing. */
export function kafkaSecurity(settings: KafkaSecuritySettings): KafkaSecurity | undefined {
  const { ANLAN_KAFKA_SASL: mechanism, ANLAN_KAFKA_USER: username, ANLAN_KAFKA_PASSWORD: password } = settings;
  const tls = settings.ANLAN_KAFKA_TLS === 'on' ? { tls: tlsOf(settings) } : {};
  const sasl = mechanism !== 'none' && username !== null && password !== null ? { sasl: { mechanism, username, password } } : {};
  return 'tls' in tls || 'sasl' in sasl ? { ...tls, ...sasl } : undefined;
}

function tlsOf({
  ANLAN_KAFKA_CA: ca,
  ANLAN_KAFKA_CERT: cert,
  ANLAN_KAFKA_KEY: key,
}: KafkaSecuritySettings): NonNullable<KafkaSecurity['tls']> {
  return {
    ...(ca !== null && { ca: readFileSync(ca) }),
    ...(cert !== null && key !== null && { cert: readFileSync(cert), key: readFileSync(key) }),
  };
}
