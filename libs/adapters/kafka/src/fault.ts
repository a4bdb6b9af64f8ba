import { LogUnavailable } from '@anlan/ports';
import { errorCodes } from './kafkajs-inside.js';

/** Names of our own beside those of the Kafka protocol. */
type OwnCode = 'NOT_CONNECTED' | 'CONNECTION_LOST' | 'NO_ANSWER' | 'CLOSED' | 'STRANGE_ANSWER';

/** Something that Kafka answered, or that it did not answer. Never leaves the adapter. */
export class KafkaFault extends Error {
  override readonly name = 'KafkaFault';
  constructor(
    /** Name of the protocol, such as `NOT_LEADER_FOR_PARTITION`, or one of our own. */
    readonly code: string,
    message: string,
    /** Waiting, or another broker, may heal it. */
    readonly mayHeal: boolean,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${message}`, options);
  }
}

const BY_CODE = new Map(errorCodes.map((known) => [known.code, known]));

/** What an error code of an answer means; undefined for none. */
export function faultOf(code: number): KafkaFault | undefined {
  if (code === 0) return undefined;
  const known = BY_CODE.get(code);
  return known ? new KafkaFault(known.type, known.message, known.retriable) : new KafkaFault('UNKNOWN', `error code ${code}`, false);
}

export function throwIf(code: number): void {
  const fault = faultOf(code);
  if (fault) throw fault;
}

export const lost = (code: OwnCode, message: string, cause?: unknown): KafkaFault => new KafkaFault(code, message, true, { cause });

export const asFault = (error: unknown): KafkaFault => (error instanceof KafkaFault ? error : lost('STRANGE_ANSWER', String(error), error));

/** The error that callers of the log see. */
export function unavailable(doing: string, cause: unknown): LogUnavailable {
  return new LogUnavailable(`Kafka: ${doing}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
