import { createRequire } from 'node:module';

/**
 * The parts of kafkajs 2.2.4 that are used below its public door: the codecs of the Kafka protocol and the SASL dialogue.
 * Why, and why that is safe: docs/decisions/0010-kafka.md.
 */
const load = createRequire(import.meta.url);

/** A request without its head. */
export type WireRequest = Readonly<{
  apiKey: number;
  apiVersion: number;
  apiName: string;
  encode(): Promise<Readonly<{ buffer: Buffer }>>;
}>;
type Api = Readonly<{
  protocol(
    of: Readonly<{ version: number }>,
  ): (fields: object) => Readonly<{ request: WireRequest; response: Readonly<{ decode(raw: Buffer): Promise<unknown> }> }>;
}>;
/** Requests and how their answers are read, by the name of the API. */
export const { requests } = load('kafkajs/src/protocol/requests') as Readonly<{ requests: Readonly<Record<string, Api>> }>;

type ErrorCode = Readonly<{ type: string; code: number; retriable: boolean; message: string }>;
export const { errorCodes } = load('kafkajs/src/protocol/error') as Readonly<{ errorCodes: readonly ErrorCode[] }>;

type SaslCall = Readonly<{ request: WireRequest; response: Readonly<{ decode(raw: Buffer): Promise<unknown> }> }>;
type SaslDialogue = new (
  connection: Readonly<{ host: string; port: number; sasl: object; send(call: SaslCall): Promise<unknown> }>,
  logger: object,
  versions: Readonly<Record<number, Readonly<{ minVersion: number; maxVersion: number }>>>,
  supportAuthenticationProtocol: boolean,
) => Readonly<{ authenticate(): Promise<void> }>;
export const SaslAuthenticator = load('kafkajs/src/broker/saslAuthenticator') as SaslDialogue;
