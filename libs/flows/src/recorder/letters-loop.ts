import { TOPICS, DEAD_LETTER_CODES, type DeadLetter } from '@anlan/contracts';
import type { Logger, Meter } from '@anlan/observability';
import type { DeadLetterStore, Log, LogRecord } from '@anlan/ports';
import { jsonObject } from '../readings-value.js';
import type { PartitionLoop } from './readings-loop.js';
import { RECORDER_CODES } from './tally.js';

export type LettersLoopDeps = Readonly<{ log: Log; deadLetters: DeadLetterStore; meter: Meter; logger: Logger; group: string }>;

const MAX_RECORDS = 500;
const CODES: ReadonlySet<unknown> = new Set(DEAD_LETTER_CODES);

/**
 * A letter under the id that it is kept by. Ingest writes a letter beside the record that counts it; when the answer of that append is
 * lost and both are written again, both count again, so each place in the log is a letter of its own. The recorder's own letters are
 * found anew from the same readings after a crash: theirs is the id by content.
 */
function kept(letter: DeadLetter, { partition, offset }: LogRecord): DeadLetter {
  return RECORDER_CODES.has(letter.code) ? letter : { ...letter, id: `${letter.id.slice(0, 24)}-${partition}-${offset}` };
}

/** One partition of the rejected log into the records store, so that people can look letters up. Repeats are known by id. */
export function lettersLoop({ log, deadLetters, meter, logger, group }: LettersLoopDeps, partition: number): PartitionLoop {
  let next: number | undefined;
  const letterOf = (record: LogRecord): readonly DeadLetter[] => {
    const letter = jsonObject(record.value);
    if (letter && typeof letter['id'] === 'string' && CODES.has(letter['code'])) return [kept(letter as DeadLetter, record)];
    meter.count('anlan_flow_failures_total', 1, { flow: 'recorder' });
    logger.error('a record of the rejected log is unreadable and is stepped over', { partition, offset: record.offset });
    return [];
  };
  return {
    async turn(signal) {
      next ??= await log.committed(group, TOPICS.rejected, partition);
      const records = await log.read(TOPICS.rejected, partition, next, MAX_RECORDS);
      const last = records.at(-1);
      if (!last) return log.until(TOPICS.rejected, partition, next, signal);
      const letters = records.flatMap(letterOf);
      if (letters.length > 0) await deadLetters.put(letters);
      await log.commit(group, TOPICS.rejected, partition, last.offset + 1);
      next = last.offset + 1;
    },
    async lag() {
      return (await log.bounds(TOPICS.rejected, partition)).next - (next ?? (await log.committed(group, TOPICS.rejected, partition)));
    },
  };
}
