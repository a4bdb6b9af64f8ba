import { virtualClock } from '@anlan/adapter-memory';
import fc from 'fast-check';
import { admission } from './admission.js';
import { frameGuard } from './frame-guard.js';
import { takeOvers } from './take-overs.js';

const LIMITS = { packetBytesBeforeLogin: 100, packetBytes: 1_000 };

function packet(type: number, length: number): number[] {
  const out = [type << 4];
  let rest = length;
  do {
    out.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return [...out, ...Array.from({ length }, () => 0xff)];
}

describe('S-07: the frame guard', () => {
  test('finds every header however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 0, max: 1_000 })), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (packets, cuts) => {
          const guard = frameGuard(LIMITS);
          guard.take(Uint8Array.from(packet(1, 10)));
          guard.admit();
          const bytes = Uint8Array.from([...packets.flatMap(([type, length]) => packet(type, length)), ...packet(3, 1_001).slice(0, 3)]);
          const faults: unknown[] = [];
          for (let at = 0, n = 0; at < bytes.length; n += 1) {
            const size = cuts[n % cuts.length] ?? 1;
            faults.push(guard.take(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(faults.at(-1)).toBe('oversized');
          expect(faults.slice(0, -1).every((fault) => fault === undefined)).toBe(true);
          expect(guard.saidGoodbye()).toBe(false);
        },
      ),
      { seed: 20_261, numRuns: 200 },
    );
  });
  test.each([
    [99, undefined],
    [100, undefined],
    [101, 'oversized'],
  ])('before login: %i bytes', (length, fault) => expect(frameGuard(LIMITS).take(Uint8Array.from(packet(1, length)))).toBe(fault));
  test('a length of five bytes is no MQTT', () => {
    expect(frameGuard({ packetBytesBeforeLogin: 2 ** 40, packetBytes: 1 }).take(Uint8Array.from([0x10, 0x80, 0x80, 0x80, 0x80]))).toBe(
      'bad_length',
    );
  });
  test('a goodbye is noticed', () => {
    const guard = frameGuard(LIMITS);
    guard.take(Uint8Array.from([...packet(1, 5), ...packet(14, 0)]));
    expect(guard.saidGoodbye()).toBe(true);
  });
});

describe('admission', () => {
  const limits = { unauthenticatedPerSource: 2, waiting: 5, connectsPerSecond: 10 };
  test('slots of a source: the third waits until one leaves; another source does not wait', () => {
    const opened: string[] = [];
    const doors = admission(virtualClock(0), limits);
    const [first] = ['a1', 'a2', 'a3'].map((name) => doors.enter('a', () => opened.push(name)));
    doors.enter('b', () => opened.push('b1'));
    expect(opened).toEqual(['a1', 'a2', 'b1']);
    first?.leave();
    first?.leave();
    expect(opened).toEqual(['a1', 'a2', 'b1', 'a3']);
  });
  test('so many a second; the rest a little later, in order', async () => {
    const clock = virtualClock(0);
    const opened: number[] = [];
    const doors = admission(clock, { ...limits, unauthenticatedPerSource: 100 });
    for (let at = 0; at < 14; at += 1) doors.enter('a', () => opened.push(at));
    expect(opened).toHaveLength(10);
    await clock.advance(450);
    expect(opened).toEqual(Array.from({ length: 14 }, (_, at) => at));
  });
  test('a full line refuses; who gave up waiting holds no place', () => {
    const opened: number[] = [];
    const doors = admission(virtualClock(0), limits);
    const tickets = Array.from({ length: 8 }, (_, at) => doors.enter('a', () => opened.push(at)));
    expect(tickets.filter((ticket) => ticket === undefined)).toHaveLength(1);
    tickets[2]?.leave();
    expect(doors.waiting()).toBe(4);
    tickets[0]?.leave();
    expect(opened).toEqual([0, 1, 3]);
  });
});

test('S-12: more than five take-overs in ten minutes cool down for a minute', () => {
  const exchanges = takeOvers({ takeOvers: 5, takeOverWindowMs: 600_000, takeOverCoolDownMs: 60_000 });
  expect(Array.from({ length: 6 }, (_, at) => exchanges.note('dev-1', at * 1000))).toEqual([false, false, false, false, false, true]);
  expect([
    exchanges.allowed('dev-1', 5_001),
    exchanges.allowed('dev-1', 64_999),
    exchanges.allowed('dev-1', 65_000),
    exchanges.allowed('dev-2', 5_001),
  ]).toEqual([false, false, true, true]);
  for (let at = 0; at < 100; at += 1) expect(exchanges.note('dev-3', at * 130_000)).toBe(false);
});
