import { RecordsUnavailable } from '@anlan/ports';

/**
 * SQLSTATE classes and codes (PostgreSQL manual, appendix A) after which waiting may help: connection (08), resources such as a
 * full disk or too many connections (53), stopped or starting by an operator (57), and time that ran out.
 */
const PASSING = /^(08|53|57)|^(25006|25P02|25P03|55P03|58030)$/;
/** Node's and pg's own words for a connection that is gone or could not be made. */
const LINK = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ERR_STREAM)/;
const LINK_WORDS =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded|timeout expired|Query read timeout|The server does not)/;

/** Is the connection itself at fault, so that no statement may be sent on it any more. */
export function isLinkFault(error: unknown): boolean {
  const code = textOf(error, 'code');
  return LINK.test(code) || /^(08|57P)/.test(code) || code === '25P03' || LINK_WORDS.test(textOf(error, 'message'));
}

/** The fault in the words of the ports: what may pass becomes RecordsUnavailable, everything else stays what it is. */
export function inPortWords(error: unknown): unknown {
  if (error instanceof RecordsUnavailable || !(isLinkFault(error) || PASSING.test(textOf(error, 'code')))) return error;
  return new RecordsUnavailable(`the records are away: ${textOf(error, 'message') || textOf(error, 'code')}`, { cause: error });
}

/** Errors of Node's own sockets are told by their fields: they need not be of this realm. */
function textOf(error: unknown, field: 'code' | 'message'): string {
  return typeof error === 'object' && error !== null && field in error ? String((error as Record<string, unknown>)[field]) : '';
}
