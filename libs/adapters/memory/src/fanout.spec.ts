import type { Broadcast } from '@anlan/ports';
import { memoryFanout } from './fanout.js';

const news: Broadcast = { kind: 'registry', version: 1 };

describe('memoryFanout', () => {
  test('tells all who subscribed, once a subscription', () => {
    const fanout = memoryFanout({ onError: () => undefined });
    const seen: string[] = [];
    const listener = (broadcast: Broadcast): void => void seen.push(broadcast.kind);
    const leave = [fanout.subscribe(listener), fanout.subscribe(listener)];
    fanout.publish(news);
    leave[0]?.();
    leave[0]?.();
    fanout.publish(news);
    expect(seen).toHaveLength(3);
  });

  test('a listener that throws hurts no other, and is reported', () => {
    const errors: unknown[] = [];
    const fanout = memoryFanout({ onError: (error) => void errors.push(error) });
    const seen: Broadcast[] = [];
    const broken = new Error('broken listener');
    fanout.subscribe(() => {
      throw broken;
    });
    fanout.subscribe((broadcast) => void seen.push(broadcast));
    fanout.publish(news);
    expect([seen, errors]).toEqual([[news], [broken]]);
  });

  test('who leaves, or joins, while being told is not told', () => {
    const fanout = memoryFanout({ onError: () => undefined });
    let told = 0;
    fanout.subscribe(() => {
      leave();
      fanout.subscribe(() => told++);
    });
    const leave = fanout.subscribe(() => told++);
    fanout.publish(news);
    expect(told).toBe(0);
  });
});
