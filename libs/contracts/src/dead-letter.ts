import type { Millis } from './basics.js';

/** Why something a device sent was refused or set aside. Stable: integrators match on them. */
export const DEAD_LETTER_CODES = [
  'empty',
  'too_large',
  'too_deep',
  'too_many_readings',
  'not_json',
  'bad_shape',
  'unknown_topic',
  'not_yours',
  'unknown_metric',
  'time_missing',
  'time_bad',
  'too_old',
  'value_missing',
  'value_bad',
  'quality_bad',
  'name_bad',
  'text_bad',
  'future',
  'conflict',
  'device_disabled',
  'not_retained_here',
  'store_refused',
] as const;
export type DeadLetterCode = (typeof DEAD_LETTER_CODES)[number];
/** Codes whose readings the ledger counts as quarantined; all others count as rejected. */
export const QUARANTINE_CODES: ReadonlySet<DeadLetterCode> = new Set<DeadLetterCode>(['future', 'conflict']);

/** Something a device sent that did not become a stored reading, kept with its reason. One for each refused or quarantined reading. */
export type DeadLetter = Readonly<{
  /** Deterministic for one place in the log, so that a repeat writes the same row. */
  id: string;
  deviceId: string;
  receivedAt: Millis;
  code: DeadLetterCode;
  /** Plain sentence, no secrets. */
  reason: string;
  /** The offending part as JSON or text, cut at 4 000 characters. */
  payload: string;
  /** MQTT topic it came on. */
  topic: string;
}>;
