/**
 * The records are there but cannot be used as they are, and waiting does not heal it: tables of another release, or rights of the
 * account that are too few or too many. The message tells an operator what to do.
 */
export class RecordsFault extends Error {
  override readonly name = 'RecordsFault';
  readonly code = 'records_fault';
}
