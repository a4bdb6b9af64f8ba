import type { NewRecord } from '@anlan/ports';
import { TRACE_HEADER } from './fetch-answer.js';
import { headerBlock } from './record-batch.js';

export type RecordHeaders = Readonly<Record<string, string>>;

/** The headers of a record as bytes, with its trace. Mostly they are those of the record before, and its bytes serve again. */
export function headersOfRecords(headersOf: (record: NewRecord) => RecordHeaders = () => ({})): (record: NewRecord) => Buffer {
  let last: RecordHeaders = {};
  let lastBlock = headerBlock(last);
  return (record) => {
    const headers = headersOf(record);
    if (record.trace !== undefined) return headerBlock({ ...headers, [TRACE_HEADER]: record.trace });
    if (sameIn(headers, last) && sameIn(last, headers)) return lastBlock;
    last = { ...headers };
    lastBlock = headerBlock(last);
    return lastBlock;
  };
}

function sameIn(some: RecordHeaders, others: RecordHeaders): boolean {
  for (const name in some) if (some[name] !== others[name]) return false;
  return true;
}
