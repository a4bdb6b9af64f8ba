import type { Fault } from '@anlan/contracts';

/** Every code that a problem document of this API can carry, with its status and its title. Codes are stable. */
export const REFUSALS = {
  bad_request: [400, 'Bad request'],
  not_json: [400, 'Not JSON'],
  credential_in_url: [400, 'Credential in the address'],
  unauthenticated: [401, 'Log in first'],
  bad_credentials: [401, 'Wrong name or password'],
  forbidden: [403, 'Not allowed'],
  second_person_required: [403, 'A second person is needed'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  conflict: [409, 'Conflict'],
  exists: [409, 'Already there'],
  last_administrator: [409, 'The last administrator must stay'],
  already_retried: [409, 'Already retried'],
  too_large: [413, 'Too large'],
  url_too_long: [414, 'Address too long'],
  unsupported_type: [415, 'Unsupported content type'],
  misdirected: [421, 'Unknown host'],
  invalid: [422, 'Invalid input'],
  too_deep: [422, 'Nested too deeply'],
  weak_password: [422, 'Password refused'],
  rate_limited: [429, 'Too many requests'],
  locked: [429, 'Too many failed logins'],
  too_many_streams: [429, 'Too many streams'],
  import_running: [429, 'Imports are running'],
  backtest_running: [429, 'A back-test of yours is not done yet'],
  shadow_running: [429, 'A shadow run of yours is not over yet'],
  shadows_running: [429, 'Too many shadow runs'],
  backtests_waiting: [429, 'Too many back-tests are waiting'],
  internal: [500, 'Internal error'],
  unavailable: [503, 'Not available now'],
  busy: [503, 'Busy'],
  log_unavailable: [503, 'The log is not available'],
  audit_unavailable: [503, 'The audit trail cannot be written'],
} as const satisfies Record<string, readonly [status: number, title: string]>;
export type RefusalCode = keyof typeof REFUSALS;

type Extras = Readonly<{ errors?: readonly Fault[]; currentVersion?: number; retryAfterS?: number; status?: number; code?: string }>;

/** An answer that is not a success. Thrown within the gateway only, and turned into a problem document in one place. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly title: string;
  readonly code: string;

  constructor(
    kind: RefusalCode,
    readonly detail: string,
    readonly extras: Extras = {},
  ) {
    super(detail);
    const [status, title] = REFUSALS[kind];
    this.status = extras.status ?? status;
    this.title = title;
    this.code = extras.code ?? kind;
  }
}

/** What is not there and what may not be seen answer alike. */
export const notFound = (): Refusal => new Refusal('not_found', 'There is nothing here, or nothing that you may see.');

/** A cursor that no list of ours gave out. */
export const badCursor = (): Refusal =>
  new Refusal('invalid', 'This cursor is not one of this list.', {
    errors: [{ path: '/cursor', code: 'bad_cursor', message: 'is not a cursor of this list' }],
  });
