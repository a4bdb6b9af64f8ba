import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type AclEntry } from 'kafkajs';
import { start } from '../../../../../tools/engines/kafka.mjs';
import { freePort } from '@anlan/testing';

export type GuardedBroker = Readonly<{
  /** TLS, and a password by any of the mechanisms. */
  saslTls: string;
  /** The same without TLS. */
  saslPlaintext: string;
  /** TLS, and a certificate of ours. */
  mutual: string;
  user: string;
  password: string;
  /** PEM texts: who made the certificates, and one for a client. */
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
  /** A maker of certificates that nobody knows. */
  strangeCa: Buffer;
  /** Files of the same. */
  files: Readonly<{ ca: string; cert: string; key: string }>;
  dispose(): Promise<void>;
}>;

const USER = 'anlan-spec';
const PASSWORD = 'correct-horse-battery';

/** A broker of our own that asks who is there; its certificates are made for this run and name `localhost`. */
export async function guardedBroker(): Promise<GuardedBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'anlan-kafka-'));
  const file = (name: string): string => join(folder, name);
  certificates(folder);
  writeFileSync(file('server.pem'), Buffer.concat([readFileSync(file('server.key')), readFileSync(file('server.crt'))]));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const [saslTls, saslPlaintext, mutual] = [await freePort(), await freePort(), await freePort()];
  const more = properties({ port, controllerPort, saslTls, saslPlaintext, mutual, pem: file('server.pem'), ca: file('ca.crt') });
  const scramUsers = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((mechanism) => `${mechanism}=[name=${USER},password=${PASSWORD}]`);
  const version = process.env['ANLAN_TEST_KAFKA_VERSION'];
  const engine = await start({ folder, port, controllerPort, heapMb: 256, more, scramUsers, ...(version !== undefined && { version }) });
  await allow(`127.0.0.1:${port}`, [`User:${USER}`, 'User:CN=client']);
  return {
    saslTls: `localhost:${saslTls}`,
    saslPlaintext: `127.0.0.1:${saslPlaintext}`,
    mutual: `localhost:${mutual}`,
    user: USER,
    password: PASSWORD,
    ca: readFileSync(file('ca.crt')),
    cert: readFileSync(file('client.crt')),
    key: readFileSync(file('client.key')),
    strangeCa: readFileSync(file('strange.crt')),
    files: { ca: file('ca.crt'), cert: file('client.crt'), key: file('client.key') },
    async dispose() {
      await engine.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

type Guard = Readonly<{
  port: number;
  controllerPort: number;
  saslTls: number;
  saslPlaintext: number;
  mutual: number;
  pem: string;
  ca: string;
}>;

/** The listener without a guard is the broker's own. */
function properties({ port, controllerPort, saslTls, saslPlaintext, mutual, pem, ca }: Guard): string {
  const guards = ['sasltls', 'saslplain'].flatMap((listener) => [
    `listener.name.${listener}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER}="${PASSWORD}";`,
    ...['scram-sha-256', 'scram-sha-512'].map(
      (mechanism) =>
        `listener.name.${listener}.${mechanism}.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`,
    ),
  ]);
  return [
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},SASLTLS://127.0.0.1:${saslTls},SASLPLAIN://127.0.0.1:${saslPlaintext},MUTUAL://127.0.0.1:${mutual}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port},SASLTLS://localhost:${saslTls},SASLPLAIN://127.0.0.1:${saslPlaintext},MUTUAL://localhost:${mutual}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASLTLS:SASL_SSL,SASLPLAIN:SASL_PLAINTEXT,MUTUAL:SSL',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${pem}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${ca}`,
    'listener.name.mutual.ssl.client.auth=required',
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS',
    ...guards,
  ].join('\n');
}

/** The rights that docs/deploy.md names, and no others, on topics and groups of specs. */
async function allow(own: string, principals: readonly string[]): Promise<void> {
  const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs;
  const { CREATE, DESCRIBE, DESCRIBE_CONFIGS, READ, WRITE } = AclOperationTypes;
  const wanted = [
    ...[CREATE, DESCRIBE, DESCRIBE_CONFIGS, READ, WRITE].map((operation) => [AclResourceTypes.TOPIC, operation] as const),
    ...[DESCRIBE, READ].map((operation) => [AclResourceTypes.GROUP, operation] as const),
  ];
  const acl: AclEntry[] = principals.flatMap((principal) =>
    wanted.map(([resourceType, operation]) => ({
      principal,
      resourceType,
      operation,
      resourceName: 'spec-',
      resourcePatternType: ResourcePatternTypes.PREFIXED,
      permissionType: AclPermissionTypes.ALLOW,
      host: '*',
    })),
  );
  const admin = new kafkajs.Kafka({ clientId: 'anlan-spec-acl', brokers: [own], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createAcls({ acl });
  await admin.disconnect();
}

/** In `folder`: `ca` and `strange` sign for themselves, `server` and `client` are signed by `ca`. */
function certificates(folder: string): void {
  const run = (...args: readonly string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  for (const name of ['ca', 'strange'])
    run(...request, '-x509', '-days', '2', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost\n');
  for (const name of ['server', 'client']) {
    run(...request, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const sign = ['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    run(...sign, '-extfile', 'names', '-out', `${name}.crt`);
  }
}
