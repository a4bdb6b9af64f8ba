import { TOPICS } from '@anlan/contracts';
import type { LogRecord } from '@anlan/ports';
import { logTail } from './log-tail.js';

const record = (offset: number, chars = 10): LogRecord => ({
  topic: TOPICS.readings,
  partition: 0,
  offset,
  at: 0,
  key: '',
  value: 'x'.repeat(chars),
});

describe('logTail', () => {
  test('begins empty at the next offset: nothing to read there, and nothing known before', () => {
    const tail = logTail(5);
    expect(tail.from(5, 10)).toEqual([]);
    expect(tail.from(4, 10)).toBeUndefined();
    tail.push(record(5));
    expect(tail.from(5, 10)).toEqual([record(5)]);
    expect(tail.from(6, 10)).toEqual([]);
  });

  test('keeps the newest 20 000 records', () => {
    const tail = logTail(0);
    for (let offset = 0; offset < 45_000; offset++) {
      tail.push(record(offset));
      if (offset < 20_000 || offset % 997 !== 0) continue;
      expect(tail.from(offset - 20_000, 1)).toBeUndefined();
      expect(tail.from(offset - 19_999, 2)?.map((kept) => kept.offset)).toEqual([offset - 19_999, offset - 19_998]);
      expect(tail.from(offset, 5)?.map((kept) => kept.offset)).toEqual([offset]);
    }
  });

  test('keeps at most 8 MB of text', () => {
    const tail = logTail(0);
    for (let offset = 0; offset < 20; offset++) tail.push(record(offset, 1_024 * 1_024));
    expect(tail.from(11, 1)).toBeUndefined();
    expect(tail.from(12, 99)).toHaveLength(8);
  });
});
