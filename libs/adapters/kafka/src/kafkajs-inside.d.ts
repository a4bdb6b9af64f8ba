/**
 * The parts of kafkajs 2.2.4 that are used below its public door: the codecs of the Kafka protocol and the SASL dialogue.
 * Why, and why that is safe: docs/decisions/0010-kafka.md.
 */
declare module 'kafkajs/src/protocol/requests/index.js' {
  type Answer = Readonly<{ decode(raw: Buffer): Promise<unknown> }>;
  type Api = Readonly<{
    protocol(of: Readonly<{ version: number }>): (fields: object) => Readonly<{
      request: Readonly<{ apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown> }>;
      response: Answer;
    }>;
  }>;
  const inside: Readonly<{ requests: Readonly<Record<string, Api>> }>;
  export = inside;
}

declare module 'kafkajs/src/protocol/request.js' {
  /** The frame of a request, with its length in front. */
  const frame: (of: Readonly<{ correlationId: number; clientId: string; request: object }>) => Promise<Readonly<{ buffer: Buffer }>>;
  export = frame;
}

declare module 'kafkajs/src/protocol/error.js' {
  const inside: Readonly<{ errorCodes: readonly Readonly<{ type: string; code: number; retriable: boolean; message: string }>[] }>;
  export = inside;
}

declare module 'kafkajs/src/broker/saslAuthenticator/index.js' {
  type Call = Readonly<{ request: object; response: object }>;
  class SaslAuthenticator {
    constructor(
      connection: Readonly<{ host: string; port: number; sasl: object; send(call: Call): Promise<unknown> }>,
      logger: object,
      versions: Readonly<Record<number, Readonly<{ minVersion: number; maxVersion: number }>>>,
      supportAuthenticationProtocol: boolean,
    );
    authenticate(): Promise<void>;
  }
  export = SaslAuthenticator;
}
