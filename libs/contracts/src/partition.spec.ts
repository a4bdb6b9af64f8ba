import { partitionFor } from './partition.js';

describe('partitionFor', () => {
  // Values of Apache Kafka's own test of its hash, without the sign.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('%s goes where Kafka sends it', (key, hash) => {
    expect(partitionFor(key, 0x7fffffff)).toBe((hash & 0x7fffffff) % 0x7fffffff);
  });

  test('one partition takes all', () => {
    expect(partitionFor('foobar', 1)).toBe(0);
  });
});
