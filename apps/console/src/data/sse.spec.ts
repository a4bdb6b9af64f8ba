/** @jest-environment node */
import fc from 'fast-check';
import { LONGEST_LINE, eventParser, type ServerEvent } from './sse.js';

const parseAll = (pieces: readonly string[]): readonly ServerEvent[] => {
  const parse = eventParser();
  return pieces.flatMap((piece) => [...parse(piece)]);
};

describe('eventParser', () => {
  test('gives event, data and id', () => {
    expect(parseAll(['event: alarm\nid: 7\ndata: {"a":1}\n\n'])).toEqual([{ event: 'alarm', data: '{"a":1}', id: '7' }]);
  });
  test('joins data lines, drops comments, keeps the last id', () => {
    expect(parseAll([': hello\nid: 1\ndata: a\ndata: b\n\ndata: c\n\n'])).toEqual([
      { event: 'message', data: 'a\nb', id: '1' },
      { event: 'message', data: 'c', id: '1' },
    ]);
  });
  test('an event without data is none, and an unfinished one waits', () => {
    expect(parseAll(['event: x\n\n', 'data: y\n'])).toEqual([]);
  });
  test('only one space after the colon is dropped', () => {
    expect(parseAll(['data:  x\n\n'])[0]?.data).toBe(' x');
  });
  test('an id with NUL is ignored', () => {
    expect(parseAll(['id: 1\ndata: a\n\nid: \0\ndata: b\n\n'])[1]?.id).toBe('1');
  });
  test('any cutting of any line ends gives the same events', () => {
    const text = 'event: alarm\r\nid: 3\r\ndata: {"x":"水位"}\r\n\r\n: c\rdata: q\r\rdata: z\n\n';
    const whole = parseAll([text]);
    expect(whole).toHaveLength(3);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        expect(parseAll(at.slice(1).map((end, i) => text.slice(at[i], end)))).toEqual(whole);
      }),
    );
  });
  test('garbage never throws and a line without end does not grow for ever', () => {
    fc.assert(fc.property(fc.array(fc.string()), (pieces) => void parseAll(pieces)));
    expect(() => eventParser()('x'.repeat(LONGEST_LINE + 1))).toThrow(RangeError);
  });
});
