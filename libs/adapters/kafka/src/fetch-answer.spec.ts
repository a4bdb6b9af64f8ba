import fc from 'fast-check';
import { fetchAnswer } from './fetch-answer.js';
import { answerWith } from './testing/fetched.js';

const batchHead = (first: number, length: number, last: number, records = last + 1): Buffer => {
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(first), 0);
  head.writeInt32BE(length, 8);
  head.writeInt8(2, 16);
  head.writeInt32BE(last, 23);
  head.writeInt32BE(records | 0, 57);
  return head;
};

const TRACED = { traces: true };

describe('fetchAnswer', () => {
  test('a torn batch costs its own records and no others', () => {
    const torn = Buffer.concat([batchHead(7, 49 + 3, 1), Buffer.from([0xff, 0xff, 0xff])]);
    const [part] = fetchAnswer(answerWith(torn), TRACED).parts;
    expect(part).toMatchObject({
      next: 9,
      unreadable: 2,
      rows: [
        { offset: 7, value: '' },
        { offset: 8, value: '' },
      ],
    });
  });

  test('a batch that was cut off by the size of the answer is left for the next one', () => {
    const whole = Buffer.concat([batchHead(0, 49, 0, 0), batchHead(5, 500, 0)]);
    expect(fetchAnswer(answerWith(whole), TRACED).parts[0]).toMatchObject({ next: 1, rows: [], unreadable: 0 });
  });

  test('F11: whatever the bytes are, it ends, and throws nothing but a RangeError', () => {
    const ends = (bytes: Uint8Array): void => {
      try {
        fetchAnswer(Buffer.from(bytes), TRACED);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), ends), { numRuns: 500 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) =>
        ends(answerWith(Buffer.concat([batchHead(3, 49 + bytes.length, 4), bytes]))),
      ),
      { numRuns: 500 },
    );
  });
});
