/**
 * The records cannot be reached or refused for a reason that waiting may heal (server away, link cut, time ran out, disk full).
 * Nothing of a transaction is kept, or its outcome is unknown: the same work done again must be harmless.
 */
export class RecordsUnavailable extends Error {
  override readonly name = 'RecordsUnavailable';
  readonly code = 'records_unavailable';
}
