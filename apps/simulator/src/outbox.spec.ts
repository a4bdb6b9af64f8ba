import fc from 'fast-check';
import { DEVICE_BACKOFF, backoffMs } from './backoff.js';
import { outbox } from './outbox.js';

type Step = 'push' | 'send' | 'ack' | 'ackLast' | 'cut';

test('O1 O2: whatever is cut, all pushed messages are acknowledged, first deliveries in order, never more than the window in flight', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom<Step>('push', 'push', 'send', 'send', 'ack', 'ackLast', 'cut'), { maxLength: 200 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, window) => {
        const box = outbox({ limit: Infinity, window });
        const acked: string[] = [];
        const delivered: string[] = [];
        let flying: { id: number; payload: string }[] = [];
        let pushed = 0;
        const send = (): void => {
          const sending = box.next();
          if (!sending) return;
          flying.push({ id: sending.id, payload: sending.parcel.payload });
          if (!delivered.includes(sending.parcel.payload)) delivered.push(sending.parcel.payload);
          expect(box.inFlight()).toBeLessThanOrEqual(window);
        };
        const ack = (one: { id: number } | undefined): void => one && box.ack(one.id);
        const act: Record<Step, () => void> = {
          push: () => {
            const payload = String((pushed += 1));
            box.push({ payload, done: () => acked.push(payload) });
          },
          send,
          ack: () => ack(flying.shift()),
          ackLast: () => ack(flying.pop()),
          cut: () => {
            flying = [];
            box.rewind();
          },
        };
        for (const step of steps) act[step]();
        while (box.size() > 0) {
          send();
          ack(flying.shift());
        }
        expect([...acked].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: pushed }, (_, i) => String(i + 1)));
        expect(delivered).toEqual(Array.from({ length: pushed }, (_, i) => String(i + 1)));
      },
    ),
  );
});

test('O3: a full ring drops the oldest unsent message and says so', () => {
  const box = outbox({ limit: 3, window: 1 });
  const dropped: number[] = [];
  const push = (n: number): void => box.push({ payload: String(n), done: (outcome) => outcome === 'dropped' && dropped.push(n) });
  [1, 2, 3].forEach(push);
  expect(box.next()?.parcel.payload).toBe('1');
  [4, 5].forEach(push);
  expect(dropped).toEqual([2, 3]);
  expect(box.size()).toBe(3);
  box.ack(1);
  expect(box.next()?.parcel.payload).toBe('4');
});

test('O3: when all that the ring holds is in flight, the newcomer is the one dropped', () => {
  const box = outbox({ limit: 1, window: 5 });
  const outcomes: string[] = [];
  box.push({ payload: '1', done: (outcome) => outcomes.push(`1 ${outcome}`) });
  const sending = box.next();
  box.push({ payload: '2', done: (outcome) => outcomes.push(`2 ${outcome}`) });
  box.ack(sending?.id ?? 0);
  expect(outcomes).toEqual(['2 dropped', '1 acked']);
});

test('back-off has full jitter: 0–10 s first, then from 1 s up to at most 60 s', () => {
  expect([0, 0.999].map((random) => Math.round(backoffMs(DEVICE_BACKOFF, 0, random)))).toEqual([0, 9990]);
  for (let attempt = 1; attempt < 2000; attempt += 1) {
    expect(backoffMs(DEVICE_BACKOFF, attempt, 0)).toBe(1000);
    expect(backoffMs(DEVICE_BACKOFF, attempt, 0.9999)).toBeLessThan(60_000);
  }
});
